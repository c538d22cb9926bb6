import * as vscode from "vscode";
import type { GrantDecision } from "../../budget/allowance/grant.ts";
import { DayFinder } from "../../budget/period/calendarDay.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import { openViewTab } from "../viewTab.ts";
import type { Reader } from "../words.ts";
import { doubtText } from "./doubts.ts";
import { exportCsv } from "./exportCsv.ts";
import { type FromView, readFromView, type ToView } from "./protocol.ts";
import { type Range, rangesOn } from "./ranges.ts";
import { type TeamFigures, teamView } from "./teamView.ts";

export interface TeamParts {
  client: Pick<DaemonClient, "decideGrant" | "doubts" | "onDidChange" | "report" | "state" | "teamGlance" | "writeOff">;
  /** The folder with the view's bundle (`dist`). */
  assets: vscode.Uri;
  reader(): Reader;
  log(line: string): void;
}

/** The endpoint is asked once for many changes (ms). */
const TOGETHER = 2_000;
/** What others spend is not told; so while it is looked at, the endpoint is asked now and then (ms). */
const LOOK_AGAIN = 60_000;

/**
 * `Token Budget: Show Team`: one tab, which is used again. While another is in front, VS Code throws the page away: nothing is kept in
 * it that is not known here.
 */
export class Team implements vscode.Disposable {
  private readonly parts: TeamParts;
  private readonly watching: { dispose(): void };
  private panel: vscode.WebviewPanel | undefined;
  private figures: TeamFigures | undefined;
  private chosen: string | undefined;
  private trouble: string | undefined;
  private soon: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;
  private reading = 0;
  private seen = "";

  constructor(parts: TeamParts) {
    this.parts = parts;
    this.watching = parts.client.onDidChange(() => this.follow());
  }

  dispose(): void {
    this.watching.dispose();
    this.panel?.dispose();
    this.rest();
  }

  /** @throws Error, for people, where nothing is known of the team */
  async open(): Promise<void> {
    if (this.panel) this.panel.reveal(undefined, false);
    else this.panel = this.createPanel();
    await this.read();
    if (this.figures || this.trouble === undefined) return;
    this.panel?.dispose();
    throw new Error(this.trouble);
  }

  private createPanel(): vscode.WebviewPanel {
    const panel = openViewTab({
      ...{ id: "team", title: vscode.l10n.t("Team"), assets: this.parts.assets },
      onMessage: (data) => {
        const message = readFromView(data);
        if (message) void this.hear(message).catch((error: Error) => this.fail(error));
      },
    });
    panel.onDidChangeViewState(() => (panel.visible ? this.readSoon() : this.rest()));
    panel.onDidDispose(() => {
      this.panel = undefined;
      this.rest();
    });
    return panel;
  }

  private async hear(message: FromView): Promise<void> {
    switch (message.type) {
      case "ready":
        return this.post();
      case "choose":
        this.chosen = message.range;
        return this.read();
      case "refresh":
        return this.read();
      case "export":
        return exportCsv(this.parts.client, this.range());
      case "decide":
        return this.decide(message.id, message.decision);
      case "writeOff":
        return this.writeOff(message.id);
    }
  }

  private async decide(id: string, decision: GrantDecision): Promise<void> {
    const { person } = await this.parts.client.decideGrant(id, decision);
    this.post(
      decision === "approve" ? vscode.l10n.t("Approved for {0}", person.name) : vscode.l10n.t("Denied to {0}", person.name),
    );
    await this.read();
  }

  /** Sets free what a silent machine holds, after a question: it may have been spent. */
  private async writeOff(id: string): Promise<void> {
    const doubt = this.figures?.doubts.find((one) => one.id === id);
    if (!doubt) return;
    const yes = vscode.l10n.t("Write Off");
    const question = vscode.l10n.t("Write off {0}?", doubtText(doubt, this.parts.reader()));
    const detail = vscode.l10n.t(
      "The money is free for others at once. Should the machine report after all that it was spent, that counts, also beyond the limit.",
    );
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) !== yes) return;
    await this.parts.client.writeOff(id);
    this.post(vscode.l10n.t("Written off"));
    await this.read();
  }

  /** Another one has spent, asked, decided or pushed a policy. */
  private follow(): void {
    if (!this.panel) return;
    const { account, allowances, grants, policy, sync } = this.parts.client.state ?? {};
    if (sync?.phase === "signedOut" || (account && account.person.role !== "lead")) {
      this.close();
      return;
    }
    const seen = JSON.stringify([allowances?.map(({ spend, limit }) => [spend, limit]), grants, policy?.version, sync?.phase]);
    if (seen === this.seen) return;
    this.seen = seen;
    this.post();
    this.readSoon();
  }

  /** Who is no lead (any more) sees nothing of it. */
  private close(): void {
    this.figures = undefined;
    this.panel?.dispose();
  }

  private readSoon(): void {
    this.soon ??= setTimeout(() => void this.read(), TOGETHER);
  }

  private rest(): void {
    clearTimeout(this.soon);
    clearTimeout(this.again);
    this.soon = undefined;
  }

  /** Asks the endpoint for everything that is shown. */
  private async read(): Promise<void> {
    this.rest();
    if (!this.panel) return;
    const reading = ++this.reading;
    try {
      const figures = await this.ask();
      if (reading !== this.reading) return; // another range was chosen meanwhile
      this.figures = figures;
      this.trouble = undefined;
      this.post();
    } catch (error) {
      if (reading === this.reading) this.fail(error as Error);
    }
    if (this.panel?.visible) this.again = setTimeout(() => void this.read(), LOOK_AGAIN);
  }

  private async ask(): Promise<TeamFigures> {
    const { client } = this.parts;
    const { from, to } = this.range();
    const glance = await client.teamGlance();
    const byDay = glance.visibility === "aggregate" ? "day" : "day,model";
    const report = (groupBy: string) => client.report({ from, to, groupBy });
    const [doubts, model, project, purpose, source, day] = await Promise.all([
      client.doubts(),
      ...["model", "project", "purpose", "source", byDay].map(report),
    ]);
    const { account, policy } = client.state ?? {};
    const purposes = policy?.policy.purposes.list ?? [];
    return {
      team: account?.team.name ?? "",
      glance,
      doubts,
      purposes,
      reports: { model: model!, project: project!, purpose: purpose!, source: source!, day: day! },
    };
  }

  private range(): Range {
    const { parts, chosen } = this;
    const reader = parts.reader();
    const timeZone = parts.client.state?.account?.team.timeZone ?? "UTC";
    const ranges = rangesOn(new DayFinder(timeZone).dayOf(reader.now), reader);
    return ranges.find(({ id }) => id === chosen) ?? ranges[0]!;
  }

  private fail({ message }: Error): void {
    this.parts.log(`team: ${message}`);
    this.trouble = message;
    this.post();
  }

  /** Does nothing while the page is thrown away: it asks when it is made again. */
  private post(told?: string): void {
    const { figures, panel, chosen, trouble, parts } = this;
    if (!panel?.visible || !figures) return;
    const grants = parts.client.state?.grants ?? [];
    const view = teamView(figures, { grants, chosen, trouble, ...(told !== undefined && { told }) }, parts.reader());
    const message: ToView = { type: "view", view };
    void panel.webview.postMessage(message);
  }
}
