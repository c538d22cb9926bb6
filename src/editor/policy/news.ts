import * as vscode from "vscode";
import type { Policy } from "../../budget/policy/policy.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import { asPlainText } from "../words.ts";

const SHOWN = "policyNewsShown";

/** Tells once what a push has changed for this person, and a lead's word to the team; in the window that they look at. */
export class PolicyNews implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "state" | "onDidChange">;
  private readonly memento: vscode.Memento;
  private readonly changes: (before: Policy, after: Policy) => string;
  private readonly own: { dispose(): unknown }[];
  /** What was in force when this window last looked, and whose. */
  private last: { account: string; version: PolicyVersion } | undefined;
  private waiting: { mark: string; text: string } | undefined;

  /** @param changes what a change of policy means, in sentences */
  constructor(
    client: Pick<DaemonClient, "state" | "onDidChange">,
    memento: vscode.Memento,
    changes: (before: Policy, after: Policy) => string,
  ) {
    this.client = client;
    this.memento = memento;
    this.changes = changes;
    this.own = [client.onDidChange(() => this.look()), vscode.window.onDidChangeWindowState(() => void this.tell())];
    this.look();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private look(): void {
    const { account, policy } = this.client.state ?? {};
    if (!account || !policy) return;
    const whose = `${account.endpoint} ${account.team.id}`;
    const before = this.last?.account === whose ? this.last.version : undefined;
    this.last = { account: whose, version: policy };
    if (before?.version === policy.version) return;
    const changes = before ? this.changes(before.policy, policy.policy) : "";
    const word = before?.policy.message === policy.policy.message && before ? "" : (policy.policy.message ?? "");
    const text = [word, changes].filter(Boolean).join(" ");
    if (!text) return;
    const from = policy.author ? `${account.team.name}, ${policy.author}` : account.team.name;
    // A message counts by its words: it is no news that another version says the same.
    const mark = changes ? `${whose} ${policy.version}` : `${whose} ${word}`;
    this.waiting = { mark, text: asPlainText(`${from}: ${text}`) };
    void this.tell();
  }

  private async tell(): Promise<void> {
    if (!this.waiting || !vscode.window.state.focused) return;
    const { mark, text } = this.waiting;
    this.waiting = undefined;
    const shown = this.memento.get<string[]>(SHOWN, []);
    if (shown.includes(mark)) return;
    await this.memento.update(SHOWN, [...shown, mark].slice(-MOST_KEPT));
    void vscode.window.showInformationMessage(text);
  }
}
const MOST_KEPT = 50;
