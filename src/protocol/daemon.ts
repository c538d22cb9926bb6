import { NotificationType, RequestType, RequestType0 } from "vscode-jsonrpc";
import type { MachineAllowance } from "../budget/allowance/allowance.ts";
import type { GrantDecision } from "../budget/allowance/grant.ts";
import type { PersonalBudget } from "../budget/allowance/personal.ts";
import type { RequestEstimate } from "../budget/estimate/estimate.ts";
import type { OutputNorms } from "../budget/estimate/outputNorms.ts";
import type { SpendPattern } from "../budget/forecast/spendPattern.ts";
import type { Message } from "../budget/message.ts";
import type { ModelRef } from "../budget/modelRef.ts";
import type { Decimal } from "../budget/money.ts";
import type { CalendarDay } from "../budget/period/calendarDay.ts";
import type { Plan } from "../budget/plan/plan.ts";
import type { PlanMeter } from "../budget/plan/planWindow.ts";
import type { Work } from "../budget/policy/work.ts";
import type { WorkspaceRules } from "../budget/policy/workspaceRules.ts";
import type { RehearsalSummary } from "../budget/policyEdit/rehearsal.ts";
import type { SpendRow } from "../budget/spending/spending.ts";
import type { ReasonCode } from "../budget/verdict/reason.ts";
import type { PriceList } from "../prices/rates.ts";
import type { Calibration } from "../tokens/estimate/calibration.ts";
import type { Usage, UsageSource } from "../wire/usage.ts";
import type {
  AssistantState,
  FolderWork,
  HookAnswer,
  HookCall,
  Refusal,
  Telemetry,
  TurnAnswer,
  TurnQuestion,
  WindowPlace,
} from "./assistants.ts";
import type { AskForMore, Doubt, Entry, Grant, Person, PolicyVersion, Problem } from "./endpoint.ts";
import type { Network } from "./network.ts";
import type { ReplyCost, ReplyReason } from "./reply.ts";
import type { Report, ReportQuery, StoredEntries, TeamGlance } from "./report.ts";

/**
 * What crosses between the daemon and its clients (windows, the command line), version 2: JSON-RPC over a local socket
 * that only its owner can open, or over a pair of streams inside the extension host. Amounts are decimal strings.
 */
export const PROTOCOL_VERSION = 3;

export interface Hello {
  protocol: number;
  /** The client's product version: a newer client takes over from an older daemon. */
  version: string;
  kind: "window" | "cli";
}
export interface HelloReply {
  protocol: number;
  version: string;
  pid: number;
  startedAt: string;
  /** Where ledger and log are. */
  stateDirectory: string;
  /** How many other clients are connected. */
  others: number;
  /** The client is newer: call `handOver`, wait until the socket closes, start the new daemon. */
  outdated: boolean;
}

/** How the daemon stands to the endpoint. */
export interface SyncStatus {
  phase: "signedOut" | "connecting" | "live" | "stale" | "offline" | "refused";
  /** Why, for people; set in `stale`, `offline` and `refused`. */
  reason?: string;
  /** When the last figures came from the endpoint, by its clock. */
  lastSync?: string;
  /** When it is asked again, by its clock. */
  nextTry?: string;
}

/** How the requests of one source are accounted for: asked about before, counted after, or not seen. */
export interface Coverage {
  source: string;
  level: "guarded" | "observed" | "unseen";
  /** Its part (0..1) of what this machine has spent lately; absent where that is not known. A source may have a row for each level. */
  share?: number;
}

/** The one snapshot that every client has: the daemon pushes what of it changes. */
export interface State {
  sync: SyncStatus;
  account?: { endpoint: string; person: Person; team: { id: string; name: string; timeZone: string } };
  allowances: MachineAllowance[];
  policy: PolicyVersion;
  /** Of the list that `prices` answers. */
  priceRef: string;
  /** What the endpoint has not yet acknowledged. */
  pending: { entries: number; uncertain: number };
  /** Money that was taken along, to be used without the endpoint until an instant (by its clock). */
  travel?: { amount: Decimal; left: Decimal; until: string };
  coverage: Coverage[];
  /** What was seen of the assistants that send for themselves. */
  assistants: AssistantState[];
  /** Requests for more, the newest first: one's own that are open or lately decided; for a lead also the team's that wait. */
  grants: Grant[];
  /** What this machine's requests have taught about tokenizers that are not public; absent before the first. */
  calibration?: Calibration;
  /** How long this person's answers have been, by kind of request and model. */
  outputs: OutputNorms;
  /** The person's own flat-rate plans. */
  plans: Plan[];
  /** How much of their windows, and of the team's plans', this machine's requests have used. */
  planMeters: PlanMeter[];
  /** Milliseconds to add to this machine's clock to have the endpoint's. */
  clockSkew: number;
  /** What is wrong with the ledger (read-only disk, no node:sqlite), for people. */
  ledgerWarning?: string;
}

/** What of it is other than a client was told before, at first all of it; and which fields are absent now. */
export interface StateChange {
  fields: Partial<State>;
  gone: (keyof State)[];
}

/** What the account's requests on this machine have used, day by day. Other machines' are not in it. */
export interface History {
  /** IANA name of the time zone in which the days begin: the team's, else the person's. */
  timeZone: string;
  /** The first day asked for. */
  from: CalendarDay;
  today: CalendarDay;
  /** The earliest day that has any request, of all that are kept; absent where there is none. */
  first?: CalendarDay;
  /** Oldest first. */
  rows: SpendRow[];
  /** How the days of an allowance (by its id) usually are, where that is known. */
  patterns: Record<string, SpendPattern>;
}

/** A request that wants to be sent, and the work that it belongs to. Never its text. */
export interface OpenRequest extends Work {
  /** Random UUID; becomes the entry's id, unless the reply says otherwise. Opening the same id again asks again. */
  id: string;
  origin: Entry["origin"];
  ref: ModelRef;
  /** Where `output` is absent the daemon expects what is usual for this person, up to `requestedOutput` tokens. */
  estimate: Omit<RequestEstimate, "output"> & Partial<RequestEstimate>;
  requestedOutput?: number;
  /** What the workspace asks for besides the policy; it can only be stricter. */
  workspaceRules?: WorkspaceRules;
  /** Name of the workspace that it comes from: kept beside its entry on this machine, and sent to nobody. */
  workspace?: string;
  /** The assistant's session that it is a turn of: kept on this machine while it is open, and sent to nobody. */
  session?: string;
  /** The person has confirmed up to this cost (USD) for the reasons it was told: asked again only above it. */
  confirmed?: { cost: Decimal; reasons: ReasonCode[] };
}

/**
 * The verdict as it crosses: amounts as decimal strings. `allow` means that the hold stands, that it is journalled that the request leaves, and
 * that it may.
 */
export interface OpenReply {
  /** Under which it is held: another than it was asked for by where that was charged already, by a daemon that died before it answered. */
  id: string;
  decision: "allow" | "confirm" | "block";
  reasons: ReplyReason[];
  cost: ReplyCost;
  priceKnown: boolean;
  /** The model that the team would rather see used, and why. */
  preferred?: { model: string; reason: string };
  /** What it takes of a flat-rate plan, where one covers it; the costs are 0 then. */
  plan?: Message;
  /** Set aside, by unit; "0" unless allowed. */
  held: { usd: Decimal; tokens: Decimal };
  policyVersion: number;
}

export interface Settlement {
  id: string;
  usage: Usage;
  usageSource: UsageSource;
  providerRequestId?: string;
  serviceTier?: string;
}

export interface Settled {
  cost: Decimal;
  /** Usage above the hold (USD). */
  overshoot: Decimal;
}

/** What a person has chosen for all their windows. */
export interface Preferences {
  /** Newer prices may be asked for once a day, where no endpoint has any. */
  refreshPrices: boolean;
  plans: Plan[];
  /** What they set for themselves, where no team gives them an allowance. */
  budgets: PersonalBudget[];
}

/** A draft that a lead puts in force over the version that it was made from. */
export interface PolicyPush {
  policy: unknown;
  /** What changes, for the team. */
  note: string;
  over: number;
}

/** `stale`: another version is in force meanwhile. `invalid`: what is wrong, by JSON pointer into the policy. */
export type PolicyPushed =
  | { outcome: "pushed"; version: PolicyVersion }
  | { outcome: "stale" }
  | { outcome: "invalid"; faults: NonNullable<Problem["faults"]> };

/** What of the ledger was compared with its journal, and where they differ. */
export interface Verification {
  lines: number;
  entries: number;
  /** For people; empty when all is well. */
  differences: string[];
}

/** Money to take along on a journey without a network. */
export interface TravelRequest {
  /** US dollars. */
  amount: Decimal;
  /** At most a day. */
  hours: number;
}

/** Asks for more; `id` is random, so that the same message may be sent again. */
export interface Asking {
  id: string;
  asked: AskForMore;
}

/** One message that left for the endpoint, word for word, without its credential. */
export interface Upload {
  at: string;
  method: string;
  path: string;
  body: unknown;
}

export const Daemon = {
  hello: new RequestType<Hello, HelloReply, void>("hello"),
  /** Lets go of the socket and the ledger once the open requests are settled (or their clients gone). */
  handOver: new RequestType0<void, void>("handOver"),
  state: new RequestType0<State, void>("state"),
  prices: new RequestType0<PriceList, void>("prices"),
  /** Signs in. The token stays in memory. Answers when the endpoint has accepted or refused it. */
  connectAccount: new RequestType<{ endpoint: string; token: string }, SyncStatus, void>("connectAccount"),
  disconnectAccount: new RequestType0<void, void>("disconnectAccount"),
  /** Talks to the endpoint now instead of at `nextTry`. */
  refresh: new RequestType0<SyncStatus, void>("refresh"),
  /** Estimate, verdict and hold. Once it is allowed it counts as sent: a client that goes away then leaves an uncertain entry. */
  open: new RequestType<OpenRequest, OpenReply, void>("open"),
  /** More output than was held has streamed: raises the hold where the allowances permit. Answers whether it did. */
  grow: new RequestType<{ id: string; output: number }, boolean, void>("grow"),
  settle: new RequestType<Settlement, Settled, void>("settle"),
  /** It is certain that the model never took the request: its hold is released, no spend. */
  cancel: new RequestType<{ id: string }, void, void>("cancel"),
  configure: new RequestType<Preferences, void, void>("configure"),
  /** The last so many days, today included; at most `LONGEST_HISTORY`. */
  history: new RequestType<{ days: number }, History, void>("history"),
  /** What the meter shows, on one line of plain text. The one question that needs no hello: a shell's prompt asks it, and is no client. */
  glance: new RequestType0<string, void>("glance"),
  useNetwork: new RequestType<Network, void, void>("useNetwork"),
  /** An agent hook ran. Needs no hello, as `glance`; answered when it is known whether the turn may go on. */
  hook: new RequestType<HookCall, HookAnswer, void>("hook"),
  /** Where a window is. Who says so answers `ask`. */
  window: new RequestType<WindowPlace, void, void>("window"),
  /** Where an assistant's telemetry is to be sent; listens there from now on. */
  telemetry: new RequestType0<Telemetry, void>("telemetry"),
  /** Daemon to one window; cancelled when nobody waits for the answer any more. */
  ask: new RequestType<TurnQuestion, TurnAnswer, void>("ask"),
  uploads: new RequestType0<Upload[], void>("uploads"),
  /** The newest versions of the team's policy, newest first. */
  policyVersions: new RequestType0<PolicyVersion[], void>("policyVersions"),
  /** Tries a draft on the team's past requests; for leads. */
  rehearsePolicy: new RequestType<{ policy: unknown }, RehearsalSummary, void>("rehearsePolicy"),
  pushPolicy: new RequestType<PolicyPush, PolicyPushed, void>("pushPolicy"),
  /** Asks the endpoint for money to take along. */
  takeAlong: new RequestType<TravelRequest, void, void>("takeAlong"),
  verify: new RequestType0<Verification, void>("verify"),
  askForMore: new RequestType<Asking, Grant, void>("askForMore"),
  /** The endpoint's list: one's own, for a lead the team's. */
  grants: new RequestType0<Grant[], void>("grants"),
  decideGrant: new RequestType<{ id: string; decision: GrantDecision }, Grant, void>("decideGrant"),
  /** The endpoint's report: the team's for leads, one's own for everybody else. */
  report: new RequestType<ReportQuery, Report, void>("report"),
  /** How everybody stands; for a developer, what leads see of them. */
  teamGlance: new RequestType0<TeamGlance, void>("teamGlance"),
  /** What silent machines hold; for leads. */
  doubts: new RequestType0<Doubt[], void>("doubts"),
  /** Sets free what one of them holds, by its advance's id; for leads. */
  writeOff: new RequestType<{ id: string }, Doubt, void>("writeOff"),
  /** One's own entries, as the endpoint has them. */
  ownEntries: new RequestType0<StoredEntries, void>("ownEntries"),
  /** Daemon to one window: what the requests of a folder of its are for. */
  work: new RequestType<{ folder: string }, FolderWork, void>("work"),
  /** Daemon to one window: tells the person; answered when the window has ended a turn that was stopped. */
  tell: new RequestType<Refusal, void, void>("tell"),
  /** Daemon to client; what a request changed before its answer. */
  stateChanged: new NotificationType<StateChange>("stateChanged"),
} as const;
