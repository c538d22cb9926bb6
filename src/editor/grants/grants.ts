import * as vscode from "vscode";
import type { Decimal } from "../../budget/money.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Grant } from "../../protocol/endpoint.ts";
import { asPlainText, type Reader } from "../words.ts";
import { askForMore } from "./ask.ts";
import { showRequests } from "./list.ts";
import { outcomeText, requestText } from "./text.ts";

export interface GrantsParts {
  client: Pick<DaemonClient, "state" | "askForMore" | "grants" | "decideGrant">;
  memento: vscode.Memento;
  reader: () => Reader;
  log: (line: string) => void;
}

const TOLD = "grantsTold";
const MOST_KEPT = 200;

/** Asking for more and deciding on it. In a bundle of its own, which is loaded when somebody asks. */
export class Grants implements vscode.Disposable {
  private readonly parts: GrantsParts;
  private readonly focus: vscode.Disposable;

  constructor(parts: GrantsParts) {
    this.parts = parts;
    this.focus = vscode.window.onDidChangeWindowState(() => this.look());
  }

  dispose(): void {
    this.focus.dispose();
  }

  ask(cost?: Decimal): Promise<void> {
    return askForMore(this.parts.client, this.parts.reader, cost);
  }

  list(): Promise<void> {
    return showRequests(this.parts.client, this.parts.reader);
  }

  /** Tells what is news to the person, once, in the window that they look at: a request to decide, or a decision on their own. */
  look(): void {
    const { account, grants = [] } = this.parts.client.state ?? {};
    if (!account || !vscode.window.state.focused) return;
    const told = this.parts.memento.get<string[]>(TOLD, []);
    const news = grants.filter((grant) => !told.includes(markOf(grant)));
    if (news.length === 0) return;
    void this.parts.memento.update(TOLD, [...told, ...news.map(markOf)].slice(-MOST_KEPT));
    for (const grant of news) {
      if (grant.person.id === account.person.id) this.tellOutcome(grant);
      else void this.tellRequest(grant);
    }
  }

  /** What the policy decided was told when it was asked. */
  private tellOutcome(grant: Grant): void {
    const text = grant.decidedBy !== undefined && outcomeText(grant, this.parts.reader());
    if (text) void vscode.window.showInformationMessage(asPlainText(text));
  }

  private async tellRequest(grant: Grant): Promise<void> {
    const { client, reader, log } = this.parts;
    const [approve, deny] = [vscode.l10n.t("Approve"), vscode.l10n.t("Deny")];
    const answer = await vscode.window.showInformationMessage(asPlainText(requestText(grant, reader())), approve, deny);
    if (!answer) return;
    try {
      await client.decideGrant(grant.id, answer === approve ? "approve" : "deny");
    } catch (error) {
      log(`deciding a request: ${(error as Error).message}`);
      void vscode.window.showErrorMessage(vscode.l10n.t("Token Budget: {0}", (error as Error).message));
    }
  }
}

/** A request is told when it is made, and again when it is decided. */
const markOf = ({ id, state }: Grant) => `${id} ${state}`;
