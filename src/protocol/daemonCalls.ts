import type { GrantDecision } from "../budget/allowance/grant.ts";
import type { RehearsalSummary } from "../budget/policyEdit/rehearsal.ts";
import type { PriceList } from "../prices/rates.ts";
import type { Telemetry } from "./assistants.ts";
import type {
  Asking,
  History,
  PolicyPush,
  PolicyPushed,
  Preferences,
  Settled,
  Settlement,
  SyncStatus,
  TravelRequest,
  Verification,
} from "./daemon.ts";
import type { Doubt, Grant, PolicyVersion } from "./endpoint.ts";
import type { Network } from "./network.ts";
import type { Report, ReportQuery, StoredEntries, TeamGlance } from "./report.ts";

/** What the daemon does and its clients call, the same on both sides of the socket. `Daemon` (daemon.ts) says how each crosses. */
export interface DaemonCalls extends TeamCalls {
  prices(): Promise<PriceList>;
  connectAccount(endpoint: string, token: string): Promise<SyncStatus>;
  disconnectAccount(): Promise<void>;
  refresh(): Promise<SyncStatus>;
  grow(id: string, output: number): Promise<boolean>;
  settle(settlement: Settlement): Promise<Settled>;
  cancel(id: string): Promise<void>;
  /** What the person has chosen; the daemon remembers. */
  configure(preferences: Preferences): Promise<void>;
  /** What this machine's requests have used in the last `days` days, today included. */
  history(days: number): Promise<History>;
  /** How the editor reaches the network. */
  useNetwork(network: Network): Promise<void>;
  /** Where an assistant's telemetry is to be sent. */
  telemetry(): Promise<Telemetry>;
  /** Compares the ledger with its journal. @throws Error where it cannot be read */
  verify(): Promise<Verification>;
}

/** What the team's endpoint is asked. Each @throws Error, for people, where nobody is signed in, or the endpoint does not let this person */
export interface TeamCalls {
  policyVersions(): Promise<PolicyVersion[]>;
  /** @throws Error also where the policy is invalid */
  rehearsePolicy(policy: unknown): Promise<RehearsalSummary>;
  pushPolicy(push: PolicyPush): Promise<PolicyPushed>;
  /** Asks for money to take along. @throws Error also where it is not granted */
  takeAlong(travel: TravelRequest): Promise<void>;
  /** @throws Error also where it cannot be asked for */
  askForMore(asking: Asking): Promise<Grant>;
  grants(): Promise<Grant[]>;
  /** @throws Error also where something else was decided already */
  decideGrant(id: string, decision: GrantDecision): Promise<Grant>;
  /** The team's for leads, one's own for everybody else. @throws Error also where it may not be told apart so */
  report(query: ReportQuery): Promise<Report>;
  /** How everybody stands. */
  teamGlance(): Promise<TeamGlance>;
  /** One's own entries, as the endpoint has them. */
  ownEntries(): Promise<StoredEntries>;
  /** What silent machines hold. */
  doubts(): Promise<Doubt[]>;
  /** @throws Error also where nothing of it is in doubt */
  writeOff(id: string): Promise<Doubt>;
}
