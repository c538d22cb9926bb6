import type { GrantDecision } from "../budget/grant.ts";
import type { RehearsalSummary } from "../budget/policyEdit/rehearsal.ts";
import type { WorkspaceRules } from "../budget/workspaceRules.ts";
import type { PriceList } from "../prices/rates.ts";
import type { FolderWork, HookAnswer, HookCall, Refusal, Telemetry, TurnAnswer, TurnQuestion } from "../protocol/assistants.ts";
import type {
  Asking,
  History,
  OpenReply,
  OpenRequest,
  PolicyPush,
  PolicyPushed,
  Preferences,
  Settled,
  Settlement,
  State,
  SyncStatus,
  TravelRequest,
  Upload,
  Verification,
} from "../protocol/daemon.ts";
import type { Doubt, Grant, PolicyVersion } from "../protocol/endpoint.ts";
import type { Network } from "../protocol/network.ts";
import type { Report, ReportQuery, StoredEntries, TeamGlance } from "../protocol/report.ts";

/**
 * What the daemon does, apart from how its clients reach it. One object per state directory; the server puts it on the socket,
 * the extension host's fallback on a pair of streams.
 */
export interface BudgetService {
  state(): State;
  onDidChange(listener: () => void): { dispose(): void };
  prices(): Promise<PriceList>;
  connectAccount(endpoint: string, token: string): Promise<SyncStatus>;
  disconnectAccount(): Promise<void>;
  refresh(): Promise<SyncStatus>;
  /** `client` names the connection that owns the request. */
  open(request: OpenRequest, client: string): Promise<OpenReply>;
  sent(id: string): Promise<void>;
  grow(id: string, output: number): Promise<boolean>;
  settle(settlement: Settlement): Promise<Settled>;
  cancel(id: string): Promise<void>;
  configure(preferences: Preferences): Promise<void>;
  /** The last `days` days, today included. */
  history(days: number): Promise<History>;
  /** What the meter shows, on one line of plain text. */
  glance(): Promise<string>;
  useNetwork(network: Network): Promise<void>;
  uploads(): Upload[];
  /** @throws Error, for people, where nobody is signed in, or the endpoint does not let this person */
  policyVersions(): Promise<PolicyVersion[]>;
  /** @throws Error as `policyVersions`, and where the policy is invalid */
  rehearsePolicy(policy: unknown): Promise<RehearsalSummary>;
  /** @throws Error as `policyVersions` */
  pushPolicy(push: PolicyPush): Promise<PolicyPushed>;
  /** @throws Error as `policyVersions`, and where it cannot be asked for */
  askForMore(asking: Asking): Promise<Grant>;
  /** @throws Error as `policyVersions` */
  grants(): Promise<Grant[]>;
  /** @throws Error as `policyVersions`, and where something else was decided already */
  decideGrant(id: string, decision: GrantDecision): Promise<Grant>;
  /** An agent hook ran. Never throws; `signal` aborts when the hook is gone. */
  hook(call: HookCall, signal: AbortSignal): Promise<HookAnswer>;
  /** Where an assistant's telemetry is to be sent. */
  telemetry(): Promise<Telemetry>;
  /** How a person is asked and told, and what windows say of their workspaces; nobody can be, and nothing is known, until this was said. */
  useAsker(ask: AskWindow, windows?: Partial<WindowsKnow>): void;
  /** The team's for leads, one's own for everybody else. @throws Error as `policyVersions`, and where it may not be told apart so */
  report(query: ReportQuery): Promise<Report>;
  /** How everybody stands. @throws Error as `policyVersions` */
  teamGlance(): Promise<TeamGlance>;
  /** One's own entries, as the endpoint has them. @throws Error as `policyVersions` */
  ownEntries(): Promise<StoredEntries>;
  /** What silent machines hold. @throws Error as `policyVersions` */
  doubts(): Promise<Doubt[]>;
  /** @throws Error as `policyVersions`, and where nothing of it is in doubt */
  writeOff(id: string): Promise<Doubt>;
  /** A connection has ended: its requests that were not sent are cancelled, the others become uncertain entries. */
  clientGone(client: string): Promise<void>;
  /** Asks the endpoint for money to take along. @throws Error, for people, where it is not granted */
  takeAlong(travel: TravelRequest): Promise<void>;
  /** Compares the ledger with its journal. @throws Error where it cannot be read */
  verify(): Promise<Verification>;
  /** Resolves when the ledger turns out to be broken: it is mended at the next start. */
  readonly damaged: Promise<void>;
  /** Resolves when no request is open any more. */
  idle(): Promise<void>;
  /** Says goodbye to the endpoint (as far as it answers), closes the ledger. */
  close(): Promise<void>;
}

/**
 * Asks in the window that has the folder `cwd`, else in the one that was used last. `nobody`: there is none; `late`: there was no answer in
 * the question's patience. @throws the signal's reason when it aborts
 */
export type AskWindow = (question: TurnQuestion, cwd: string, signal: AbortSignal) => Promise<TurnAnswer | "nobody" | "late">;

/** What windows know of a folder, and what they can do besides asking. */
export interface WindowsKnow {
  rulesIn: WorkspaceRulesIn;
  workIn: WorkIn;
  tell: TellWindow;
}

/** What the requests of a folder are for; empty where no window says. */
export type WorkIn = (cwd: string) => Promise<FolderWork>;

/** Tells in the window that `AskWindow` would ask first, if there is one, what is not let go. Resolves soon, when that window has ended a turn that was stopped. */
export type TellWindow = (refusal: Refusal, cwd: string) => Promise<void>;

/** What the workspace that a folder belongs to asks for besides the policy; undefined where no window has it open, or it asks for nothing. */
export type WorkspaceRulesIn = (cwd: string) => Promise<WorkspaceRules | undefined>;

/** One line of the daemon's log. Never a secret, never a prompt. */
export type Log = (line: string) => void;
