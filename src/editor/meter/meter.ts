import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { CopilotHint } from "../copilot/hint.ts";
import type { Settings } from "../settings.ts";
import type { RecentSpending } from "../spending/recent.ts";
import type { Reader } from "../words.ts";
import { meterHover } from "./hover.ts";
import { type MeterView, meterView } from "./text.ts";

/** Figures are pushed; only "5 min ago" and "in 2 days" move by themselves, once a minute. */
const REREAD_MS = 60_000;

export interface MeterParts {
  client: Pick<DaemonClient, "state" | "link" | "onDidChange">;
  recent: Pick<RecentSpending, "history" | "onDidChange">;
  visible: Settings["meterVisible"];
  copilot: Pick<CopilotHint, "due" | "onDidChange">;
  reader(): Reader;
}

/** The quiet status-bar item: what is left of the tightest allowance. */
export class Meter implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("tokenBudget.meter", vscode.StatusBarAlignment.Right, 101);
  private readonly own: { dispose(): unknown }[];
  private readonly client: Pick<DaemonClient, "state" | "link" | "onDidChange">;
  private readonly recent: Pick<RecentSpending, "history" | "onDidChange">;
  private readonly visible: Settings["meterVisible"];
  private readonly copilot: MeterParts["copilot"];
  private readonly reader: () => Reader;

  constructor({ client, recent, visible, copilot, reader }: MeterParts) {
    this.client = client;
    this.recent = recent;
    this.visible = visible;
    this.copilot = copilot;
    this.reader = reader;
    this.item.name = "Token Budget";
    const clock = setInterval(() => this.update(), REREAD_MS);
    this.own = [
      this.item,
      client.onDidChange(() => this.update()),
      recent.onDidChange(() => this.update()),
      visible.onDidChange(() => this.update()),
      copilot.onDidChange(() => this.update()),
      vscode.window.onDidChangeActiveColorTheme(() => this.update()),
      { dispose: () => clearInterval(clock) },
    ];
    this.update();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private update(): void {
    if (!this.visible.value) {
      this.item.hide();
      return;
    }
    const { link, state } = this.client;
    const reader = this.reader();
    const { history } = this.recent;
    const view = meterView(link, state, reader, history);
    this.item.text = view.text;
    const { kind: theme } = vscode.window.activeColorTheme;
    this.item.tooltip = meterHover(link, state, reader, { history, theme, copilot: this.copilot.due });
    this.item.command = commandOf(view);
    this.item.backgroundColor = backgroundOf(view);
    this.item.accessibilityInformation = { label: view.label, role: "button" };
    this.item.show();
  }
}

function commandOf({ kind }: MeterView): string {
  if (kind === "refused") return "tokenBudget.signIn";
  return kind === "signedOut" ? "tokenBudget.start" : "tokenBudget.showAllowances";
}

function backgroundOf({ level }: MeterView): vscode.ThemeColor | undefined {
  if (level === "spent") return new vscode.ThemeColor("statusBarItem.errorBackground");
  return level === "soft" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
}
