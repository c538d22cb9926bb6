import * as vscode from "vscode";
import { LONGEST_HISTORY } from "../../budget/spending/recentSpending.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { History } from "../../protocol/daemon.ts";
import { openViewTab } from "../viewTab.ts";
import type { Reader } from "../words.ts";
import { type FromView, readFromView, type SpendingView, type ToView } from "./protocol.ts";
import type { RecentSpending } from "./recent.ts";
import { spendingMarkdown, spendingView } from "./spendingView.ts";

export interface SpendingParts {
  client: Pick<DaemonClient, "history" | "state">;
  /** Says when figures have changed. */
  recent: Pick<RecentSpending, "onDidChange">;
  /** The folder with the view's bundle (`dist`). */
  assets: vscode.Uri;
  reader(): Reader;
  log(line: string): void;
}

/**
 * `Token Budget: Show Spending`: one tab, which is used again. While another is in front, VS Code throws the page away: nothing is kept in
 * it that is not known here.
 */
export class Spending implements vscode.Disposable {
  private readonly parts: SpendingParts;
  private readonly watching: vscode.Disposable;
  private panel: vscode.WebviewPanel | undefined;
  private history: History | undefined;
  private chosen: string | undefined;

  constructor(parts: SpendingParts) {
    this.parts = parts;
    this.watching = parts.recent.onDidChange(() => void this.refresh());
  }

  dispose(): void {
    this.watching.dispose();
    this.panel?.dispose();
  }

  async open(): Promise<void> {
    if (this.panel) this.panel.reveal(undefined, false);
    else this.panel = this.createPanel();
    await this.refresh();
  }

  private createPanel(): vscode.WebviewPanel {
    const panel = openViewTab({
      ...{ id: "spending", title: vscode.l10n.t("Token Spending"), assets: this.parts.assets },
      onMessage: (data) => {
        const message = readFromView(data);
        if (message) void this.hear(message);
      },
    });
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    return panel;
  }

  private async hear(message: FromView): Promise<void> {
    if (message.type === "choose") this.chosen = message.range;
    if (message.type === "copy") {
      const view = this.view();
      if (view) await vscode.env.clipboard.writeText(spendingMarkdown(view));
    } else this.post();
  }

  private async refresh(): Promise<void> {
    if (!this.panel) return;
    try {
      this.history = await this.parts.client.history(LONGEST_HISTORY);
    } catch (error) {
      this.parts.log(`spending: ${(error as Error).message}`); // the meter says that there is no daemon
    }
    this.post();
  }

  private view(): SpendingView | undefined {
    const { state } = this.parts.client;
    return state && this.history && spendingView(this.history, state, this.chosen, this.parts.reader());
  }

  /** Does nothing while the page is thrown away: it asks when it is made again. */
  private post(): void {
    const view = this.view();
    if (!view || !this.panel?.visible) return;
    const message: ToView = { type: "view", view };
    void this.panel.webview.postMessage(message);
  }
}
