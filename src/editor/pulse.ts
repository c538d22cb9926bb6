import type * as vscode from "vscode";

/** Runs an update whenever it was asked for, at most once in so many milliseconds and never two at a time; the last asking is always followed by a run. */
export class Pulse implements vscode.Disposable {
  private readonly run: () => Promise<void>;
  private readonly gap: number;
  private timer: NodeJS.Timeout | undefined;
  private isRunning = false;
  private isAsked = false;
  private isOver = false;
  private last = Number.NEGATIVE_INFINITY;

  /** @param run must not reject */
  constructor(run: () => Promise<void>, gap: number) {
    this.run = run;
    this.gap = gap;
  }

  ask(): void {
    this.isAsked = true;
    if (this.isRunning || this.timer || this.isOver) return;
    const wait = Math.max(0, this.last + this.gap - performance.now());
    this.timer = setTimeout(() => void this.beat(), wait);
  }

  dispose(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  private async beat(): Promise<void> {
    this.timer = undefined;
    this.isAsked = false;
    this.isRunning = true;
    this.last = performance.now();
    await this.run();
    this.isRunning = false;
    if (this.isAsked) this.ask();
  }
}
