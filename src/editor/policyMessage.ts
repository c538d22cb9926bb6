import * as vscode from "vscode";
import type { DaemonClient } from "../protocol/client.ts";

const SHOWN = "policyMessageShown";

/** Shows a lead's word to the team once per message, as plain text. */
export class PolicyMessage implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "state" | "onDidChange">;
  private readonly memento: vscode.Memento;
  private readonly watching: { dispose(): void };
  private shown: string | undefined;

  constructor(client: Pick<DaemonClient, "state" | "onDidChange">, memento: vscode.Memento) {
    this.client = client;
    this.memento = memento;
    this.shown = memento.get<string>(SHOWN);
    this.watching = client.onDidChange(() => void this.update());
    void this.update();
  }

  dispose(): void {
    this.watching.dispose();
  }

  private async update(): Promise<void> {
    const { state } = this.client;
    const message = state?.policy.policy.message;
    if (!state?.account || !message) return;
    const mark = `${state.account.endpoint} ${message}`;
    if (mark === this.shown) return;
    this.shown = mark;
    await this.memento.update(SHOWN, mark);
    const from = state.policy.author ? `${state.account.team.name}, ${state.policy.author}` : state.account.team.name;
    void vscode.window.showInformationMessage(asPlainText(`${from}: ${message}`));
  }
}

/** Notifications make links of `[text](target)`: a server's words get none. */
function asPlainText(text: string): string {
  return text.replaceAll("](", "] (");
}
