import * as vscode from "vscode";
import { RECENT_DAYS } from "../../budget/spending/recentSpending.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { History } from "../../protocol/daemon.ts";

/** The daemon is asked once for many changes (ms): a question is a small one, but an agent makes changes by the second. */
const TOGETHER = 1_500;
/** Days begin without being told (ms). */
const STALE = 30 * 60_000;

/** What this machine's requests have used lately, as the daemon has it; asked for anew when its figures have changed. */
export class RecentSpending implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "history" | "link" | "onDidChange">;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly watching: { dispose(): void };
  private timer: NodeJS.Timeout | undefined;
  private askedAt = Number.NEGATIVE_INFINITY;
  private last: History | undefined;
  readonly onDidChange = this.changed.event;

  constructor(client: Pick<DaemonClient, "history" | "link" | "onDidChange">) {
    this.client = client;
    this.watching = client.onDidChange(() => this.askSoon());
    this.askSoon();
  }

  /** Undefined until it is known. */
  get history(): History | undefined {
    if (Date.now() - this.askedAt > STALE) this.askSoon();
    return this.last;
  }

  dispose(): void {
    this.watching.dispose();
    clearTimeout(this.timer);
    this.changed.dispose();
  }

  private askSoon(): void {
    this.timer ??= setTimeout(() => void this.ask(), TOGETHER);
  }

  private async ask(): Promise<void> {
    this.askedAt = Date.now();
    this.timer = undefined; // what changes from here on may not be in the answer
    try {
      if (this.client.link.phase !== "connected") return; // it will say when it is
      this.last = await this.client.history(RECENT_DAYS);
      this.changed.fire();
    } catch {
      // The link says why; the last history stays.
    }
  }
}
