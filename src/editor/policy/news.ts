import * as vscode from "vscode";
import { changesOf } from "../../budget/policyEdit/changes.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import type { Reader } from "../words.ts";
import { sentences } from "./text.ts";

const SHOWN = "policyNewsShown";

/** Tells once what a push has changed for this person, and a lead's word to the team; in the window that they look at. */
export class PolicyNews implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "state" | "onDidChange">;
  private readonly memento: vscode.Memento;
  private readonly reader: () => Reader;
  private readonly own: { dispose(): unknown }[];
  /** What was in force when this window last looked, and whose. */
  private last: { account: string; version: PolicyVersion } | undefined;
  private waiting: { mark: string; text: string } | undefined;

  constructor(client: Pick<DaemonClient, "state" | "onDidChange">, memento: vscode.Memento, reader: () => Reader) {
    this.client = client;
    this.memento = memento;
    this.reader = reader;
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
    const changes = before ? sentences(changesOf(before.policy, policy.policy), this.reader()) : "";
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

/** Notifications make links of `[text](target)`: a server's words get none. */
function asPlainText(text: string): string {
  return text.replaceAll("](", "] (");
}
