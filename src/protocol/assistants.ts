import type { Message } from "../budget/message.ts";
import type { ModelRef } from "../budget/modelRef.ts";
import type { Decimal } from "../budget/money.ts";
import type { Work } from "../budget/policy/work.ts";
import type { WorkspaceRules } from "../budget/policy/workspaceRules.ts";
import type { ReplyCost, ReplyReason } from "./reply.ts";

/** What crosses between agent hooks, the daemon and the windows about assistants that send for themselves: the editor's own, so far. */

/** How long a person may think about a question before a turn (ms): longer, and the answer is no. */
export const QUESTION_PATIENCE = 240_000;
/** How long the hook program waits for the daemon (ms). */
export const HOOK_PATIENCE = QUESTION_PATIENCE + 30_000;
/** What a hook file must say as its `timeout` (seconds): a hook that is ended by it lets everything pass. */
export const HOOK_TIMEOUT = HOOK_PATIENCE / 1000 + 30;
/** An event of this name only shows that the hook program runs and reaches the daemon: it answers with exit code 0 and `SELF_TEST_ANSWER`. */
export const SELF_TEST_EVENT = "TokenBudgetSelfTest";
export const SELF_TEST_ANSWER = '{"systemMessage":"Token Budget\'s hook works."}';

/** What a hook was told, on its way to the daemon. It holds the prompt: never stored, never logged. */
export interface HookCall {
  /** Random; the same when the call is made again because the daemon went away before it answered. */
  id: string;
  /** What stood on the hook's standard input, whatever that is. */
  input: string;
  /** The hook's working directory: the workspace's folder. */
  cwd: string;
}

/** What the hook program is to print, and to end with. */
export interface HookAnswer {
  exitCode: number;
  stdout?: string;
  stderr?: string;
}

/** Where a window is: it can be asked. */
export interface WindowPlace {
  /** Paths of its workspace's folders, on the machine that the extension host runs on. */
  folders: string[];
  focused: boolean;
  /** What its workspace asks for besides the policy, where it is trusted. */
  rules?: WorkspaceRules;
}

/** What the requests of a folder are for, as its window knows: what of it leaves the machine is the policy's. */
export interface FolderWork extends Work {
  /** Name of the workspace: kept on this machine. */
  workspace?: string;
}

/** Where an assistant's OpenTelemetry goes. */
export interface Telemetry {
  /** `http://127.0.0.1:PORT/SECRET`: OTLP over HTTP, JSON or protobuf; signals have their usual paths below it. Only for this person. */
  url: string;
}

/** A turn of an assistant's that wants to begin or to go on. Never its text. */
export interface TurnQuestion {
  /** Names the question. */
  id: string;
  assistant: "copilot";
  /** The assistant's own name for its session: what a `notBelow` in the answer is for. */
  session: string;
  /**
   * A prompt that may cost much; a session that is taken up again after the provider's cache has forgotten it; a turn that has used
   * up what it was let go for; a turn that starts more sub-agents than the policy lets it.
   */
  kind: "prompt" | "cold" | "running" | "subagents";
  ref: ModelRef;
  /** False: nobody has said which model it is; `ref` is what is assumed. */
  modelKnown: boolean;
  /** What it is about, one sentence each: what it starts at and usually comes to, what was used so far. */
  lines: Message[];
  /** Why the person is asked. */
  reasons: ReplyReason[];
  /** Of the whole turn. */
  cost: ReplyCost;
  /** Set where a flat-rate plan covers it; the costs are 0 then. */
  plan?: Message;
  /** What the turn has used so far (USD): in `running` and `subagents`. */
  spent?: Decimal;
  /** What "Continue to" suggests, of the whole turn (USD). */
  upTo: Decimal;
  /** The same prompt at cheaper models, the cheapest first; choosing one is the person's, in the chat. */
  cheaper: { ref: ModelRef; name: string; likely: Decimal; high: Decimal }[];
  /** Whether a raise by the lead may help. */
  mayAskForMore: boolean;
  /** How long the answer is waited for (ms). */
  patience: number;
}

/** What the person says. Anything else, or nothing in time, is a no. */
export interface TurnAnswer {
  /**
   * `send`: goes on, up to the question's `cost.high`. `sendUpTo`: goes on up to `amount` (USD, of the whole turn). `stop`: does not.
   * `freshSession`: does not, and the window opens a new session. `askForMore`: does not, and the window asks the lead.
   */
  choice: "send" | "sendUpTo" | "stop" | "freshSession" | "askForMore";
  amount?: Decimal;
  /** What the session is for, where the team wants that said (`purposeNeeded` is among the reasons): id of one of its purposes. */
  purpose?: string;
  /** Not again in this session for turns that cost no more than this (USD). */
  notBelow?: Decimal;
}

/** A prompt of an assistant's that was not sent: the chat alone says only that a hook has blocked it. Never its text. */
export interface BlockedPrompt {
  kind: "prompt";
  assistant: "copilot";
  ref: ModelRef;
  /** Why, what weighs most first. */
  reasons: ReplyReason[];
  /** What the turn might have cost (USD). */
  high: Decimal;
  /** As in a question. */
  cheaper: TurnQuestion["cheaper"];
  mayAskForMore: boolean;
}

/** A turn of an assistant's that was stopped between two tools, though nobody was asked. */
export interface StoppedTurn {
  kind: "turn";
  assistant: "copilot";
  ref: ModelRef;
  reasons: ReplyReason[];
  /** What it has used (USD). */
  spent: Decimal;
  mayAskForMore: boolean;
}

/** What the rules do not let an assistant do, as its person is told. */
export type Refusal = BlockedPrompt | StoppedTurn;

/** What has been seen of an assistant on this machine. */
export interface AssistantState {
  assistant: "copilot";
  /** When its hook ran last, and when its telemetry came last (ISO 8601); absent: never. */
  hookAt?: string;
  telemetryAt?: string;
  /** Where its telemetry is listened for; another than its settings say where that port was taken. Absent: nobody listens. */
  telemetryPort?: number;
  /** Turns that are under way. */
  running: number;
}
