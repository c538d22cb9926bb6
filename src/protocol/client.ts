import type { GrantDecision } from "../budget/grant.ts";
import type { RehearsalSummary } from "../budget/policyEdit/rehearsal.ts";
import type { PriceList } from "../prices/rates.ts";
import type { FolderWork, Refusal, Telemetry, TurnAnswer, TurnQuestion, WindowPlace } from "./assistants.ts";
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
} from "./daemon.ts";
import type { Doubt, Grant, PolicyVersion } from "./endpoint.ts";
import type { Network } from "./network.ts";
import type { Report, ReportQuery, StoredEntries, TeamGlance } from "./report.ts";

/**
 * The daemon as its clients hold it: one object for as long as the client lives, which reconnects and restarts the daemon
 * by itself. Requests made while there is no connection wait for the next one, or fail with the reason when there will be none.
 */
export interface DaemonClient {
  /** The last snapshot; undefined until the first has come. */
  readonly state: State | undefined;
  readonly link: Link;
  /** Fires when `state` or `link` changed. */
  onDidChange(listener: () => void): { dispose(): void };
  prices(): Promise<PriceList>;
  connectAccount(endpoint: string, token: string): Promise<SyncStatus>;
  disconnectAccount(): Promise<void>;
  refresh(): Promise<SyncStatus>;
  open(request: OpenRequest): Promise<OpenReply>;
  sent(id: string): Promise<void>;
  grow(id: string, output: number): Promise<boolean>;
  settle(settlement: Settlement): Promise<Settled>;
  cancel(id: string): Promise<void>;
  /** Tells the daemon what the person has chosen; it remembers. */
  configure(preferences: Preferences): Promise<void>;
  /** What this machine's requests have used in the last `days` days, today included. */
  history(days: number): Promise<History>;
  /** Tells the daemon how the editor reaches the network. */
  useNetwork(network: Network): Promise<void>;
  /** Tells the daemon where this window is, now and whenever it is another daemon: from then on `onAsk` answers its questions. */
  window(place: WindowPlace): Promise<void>;
  /** Who answers the daemon's questions; `signal` aborts when nobody waits any more, and the question must go away. */
  onAsk: (question: TurnQuestion, signal: AbortSignal) => Promise<TurnAnswer>;
  /** What the requests of a folder are for. */
  onWork: (folder: string) => FolderWork;
  /** Tells the person what an assistant is not let do; ends a turn that was stopped before it resolves. */
  onTell: (refusal: Refusal) => Promise<void>;
  /** Where assistants send their telemetry to. */
  telemetry(): Promise<Telemetry>;
  uploads(): Promise<Upload[]>;
  policyVersions(): Promise<PolicyVersion[]>;
  rehearsePolicy(policy: unknown): Promise<RehearsalSummary>;
  pushPolicy(push: PolicyPush): Promise<PolicyPushed>;
  /** Asks the endpoint for money to take along. @throws Error, for people, where it is not granted */
  takeAlong(travel: TravelRequest): Promise<void>;
  /** Compares the ledger with its journal. */
  verify(): Promise<Verification>;
  askForMore(asking: Asking): Promise<Grant>;
  grants(): Promise<Grant[]>;
  decideGrant(id: string, decision: GrantDecision): Promise<Grant>;
  report(query: ReportQuery): Promise<Report>;
  teamGlance(): Promise<TeamGlance>;
  ownEntries(): Promise<StoredEntries>;
  doubts(): Promise<Doubt[]>;
  writeOff(id: string): Promise<Doubt>;
  dispose(): void;
}

/** How a client stands to the daemon. */
export interface Link {
  phase: "connecting" | "connected" | "failed";
  /** Where the daemon runs: on its own, or (where no process can be started) inside this extension host. */
  place?: "process" | "host";
  /** Why it failed, for people. */
  reason?: string;
  /** Ledger and log are here. */
  stateDirectory?: string;
}
