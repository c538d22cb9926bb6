import type { FolderWork, Refusal, TurnAnswer, TurnQuestion, WindowPlace } from "./assistants.ts";
import type { OpenReply, OpenRequest, State, Upload } from "./daemon.ts";
import type { DaemonCalls } from "./daemonCalls.ts";

/**
 * The daemon as its clients hold it: one object for as long as the client lives, which reconnects and restarts the daemon
 * by itself. Requests made while there is no connection wait for the next one, or fail with the reason when there will be none.
 */
export interface DaemonClient extends DaemonCalls {
  /** The last snapshot; undefined until the first has come. */
  readonly state: State | undefined;
  readonly link: Link;
  /** Fires when `state` or `link` changed. */
  onDidChange(listener: () => void): { dispose(): void };
  open(request: OpenRequest): Promise<OpenReply>;
  /** Tells the daemon where this window is, now and whenever it is another daemon: from then on `onAsk` answers its questions. */
  window(place: WindowPlace): Promise<void>;
  /** Who answers the daemon's questions; `signal` aborts when nobody waits any more, and the question must go away. */
  onAsk: (question: TurnQuestion, signal: AbortSignal) => Promise<TurnAnswer>;
  /** What the requests of a folder are for. */
  onWork: (folder: string) => FolderWork;
  /** Tells the person what an assistant is not let do; ends a turn that was stopped before it resolves. */
  onTell: (refusal: Refusal) => Promise<void>;
  uploads(): Promise<Upload[]>;
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
