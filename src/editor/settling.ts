import type * as vscode from "vscode";

/** Typing and dragging a selection settle before anything is asked (ms). */
const SETTLE_MS = 150;

/** Runs an update once things have come to rest. A run whose answers come after the next has begun is told by `isCurrent`. */
export class Settling implements vscode.Disposable {
  private readonly run: (isCurrent: () => boolean) => Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private runs = 0;

  /** @param run must not reject */
  constructor(run: (isCurrent: () => boolean) => Promise<void>) {
    this.run = run;
  }

  /** Runs after `delay` (ms) in which nobody asks again. */
  soon(delay = SETTLE_MS): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const run = ++this.runs;
      void this.run(() => run === this.runs);
    }, delay);
  }

  /** No run starts any more, and none is current. */
  dispose(): void {
    clearTimeout(this.timer);
    this.runs++;
  }
}
