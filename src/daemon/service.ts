import type { WorkspaceRules } from "../budget/policy/workspaceRules.ts";
import type { FolderWork, HookAnswer, HookCall, Refusal, TurnAnswer, TurnQuestion } from "../protocol/assistants.ts";
import type { OpenReply, OpenRequest, State, Upload } from "../protocol/daemon.ts";
import type { DaemonCalls } from "../protocol/daemonCalls.ts";

/**
 * What the daemon does, apart from how its clients reach it. One object per state directory; the server puts it on the socket,
 * the extension host's fallback on a pair of streams.
 */
export interface BudgetService extends DaemonCalls {
  state(): State;
  onDidChange(listener: () => void): { dispose(): void };
  /** `client` names the connection that owns the request. */
  open(request: OpenRequest, client: string): Promise<OpenReply>;
  /** Writes down that the request's first byte is about to leave. @throws Error when it must not */
  sent(id: string): Promise<void>;
  /** What the meter shows, on one line of plain text. */
  glance(): Promise<string>;
  uploads(): Upload[];
  /** An agent hook ran. Never throws; `signal` aborts when the hook is gone. */
  hook(call: HookCall, signal: AbortSignal): Promise<HookAnswer>;
  /** How a person is asked and told, and what windows say of their workspaces; nobody can be, and nothing is known, until this was said. */
  useAsker(ask: AskWindow, windows?: Partial<WindowsKnow>): void;
  /** A connection has ended: its requests that were not sent are cancelled, the others become uncertain entries. */
  clientGone(client: string): Promise<void>;
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
