import * as vscode from "vscode";
import type { Decimal } from "../../budget/money.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Grant } from "../../protocol/endpoint.ts";
import type { Refused } from "../guard/guard.ts";
import { asPlainText, type Reader } from "../words.ts";
import { askForMore } from "./ask.ts";
import { breakGlass } from "./breakGlass.ts";
import { showRequests } from "./list.ts";
import { takingsFor } from "./takings.ts";
import { outcomeText, requestText, takenText } from "./text.ts";

export interface GrantsParts {
  client: Pick<DaemonClient, "state" | "askForMore" | "grants" | "decideGrant">;
  memento: vscode.Memento;
  reader: () => Reader;
  log: (line: string) => void;
}

/** A request that was refused, and may be sent when there is money for it. */
export interface Waiting {
  /** What it is, for titles. */
  name: string;
  send(): Promise<void>;
}

const TOLD = "grantsTold";
const MOST_KEPT = 200;

/** Asking for more and deciding on it. In a bundle of its own, which is loaded when somebody asks. */
export class Grants implements vscode.Disposable {
  private readonly parts: GrantsParts;
  private readonly focus: vscode.Disposable;
  /** What waits for a decision, by the id of what was asked. */
  private readonly waiting = new Map<string, Waiting>();

  constructor(parts: GrantsParts) {
    this.parts = parts;
    this.focus = vscode.window.onDidChangeWindowState(() => this.look());
  }

  dispose(): void {
    this.focus.dispose();
  }

  /**
   * @param cost what the request costs that did not go through (USD)
   * @param waiting the request itself: it goes on where more is given at once, and is offered again when a lead gives it
   */
  async ask(cost?: Decimal, waiting?: Waiting): Promise<void> {
    const grant = await askForMore(this.parts.client, this.parts.reader, cost);
    if (!grant) return;
    const outcome = outcomeText(grant, this.parts.reader());
    if (outcome === undefined && waiting) this.waiting.set(grant.id, waiting);
    const waits = vscode.l10n.t("Your team lead has been asked. You will hear of the decision here.");
    void vscode.window.showInformationMessage(asPlainText(outcome ?? waits));
    if (grant.state === "approved") await waiting?.send();
  }

  /** Takes what a refused request lacks, where the policy lets people; answers whether it may be sent now. */
  async sendAnyway(refused: Refused): Promise<boolean> {
    const { client, reader } = this.parts;
    const { allowances = [], policy } = client.state ?? {};
    const takings = takingsFor(refused, allowances, policy?.policy.hold ?? "p90");
    return breakGlass(client, takings, reader());
  }

  list(): Promise<void> {
    return showRequests(this.parts.client, this.parts.reader);
  }

  /** Tells what is news to the person, once, in the window that they look at: a request to decide, or a decision on their own. */
  look(): void {
    const { account, grants = [] } = this.parts.client.state ?? {};
    if (!account) return;
    this.lookAtWaiting(grants);
    if (!vscode.window.state.focused) return;
    const told = this.parts.memento.get<string[]>(TOLD, []);
    const news = grants.filter((grant) => !told.includes(markOf(grant)));
    if (news.length === 0) return;
    void this.parts.memento.update(TOLD, [...told, ...news.map(markOf)].slice(-MOST_KEPT));
    for (const grant of news) {
      if (grant.person.id === account.person.id) this.tellOutcome(grant);
      else if (grant.breakGlass) void vscode.window.showWarningMessage(asPlainText(takenText(grant, this.parts.reader())));
      else void this.tellRequest(grant);
    }
  }

  /** In the window in which a request waits for a decision, the decision is told with the way on. */
  private lookAtWaiting(grants: readonly Grant[]): void {
    for (const grant of grants) {
      const waiting = this.waiting.get(grant.id);
      if (!waiting || grant.state === "requested") continue;
      this.waiting.delete(grant.id);
      const told = this.parts.memento.get<string[]>(TOLD, []);
      void this.parts.memento.update(TOLD, [...told, markOf(grant)].slice(-MOST_KEPT));
      void this.offer(grant, waiting);
    }
  }

  private async offer(grant: Grant, { name, send }: Waiting): Promise<void> {
    const text = outcomeText(grant, this.parts.reader());
    if (text === undefined) return;
    const ways = grant.state === "approved" ? [vscode.l10n.t("Send {0}", name)] : [];
    const picked = await vscode.window.showInformationMessage(asPlainText(text), ...ways);
    if (picked === undefined) return;
    await send().catch((error: Error) => void vscode.window.showErrorMessage(vscode.l10n.t("Token Budget: {0}", error.message)));
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
