import * as vscode from "vscode";
import type { DaemonClient } from "../protocol/client.ts";
import type { Settings } from "./settings.ts";

/** Tells the daemon what the person has chosen, at the start and whenever it changes. */
export class PreferencesSync implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "configure">;
  private readonly settings: Pick<Settings, "plans" | "budgets" | "pricesRefresh">;
  private readonly log: (line: string) => void;
  private readonly own: vscode.Disposable[];

  constructor(
    client: Pick<DaemonClient, "configure">,
    settings: Pick<Settings, "plans" | "budgets" | "pricesRefresh">,
    log: (line: string) => void,
  ) {
    this.client = client;
    this.settings = settings;
    this.log = log;
    const { plans, budgets, pricesRefresh } = settings;
    this.own = [plans, budgets, pricesRefresh].map(({ onDidChange }) => onDidChange(() => this.tell()));
    this.tell();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private tell(): void {
    const { plans, budgets, pricesRefresh } = this.settings;
    const preferences = { plans: plans.value, budgets: budgets.value, refreshPrices: pricesRefresh.value };
    this.client
      .configure(preferences)
      .catch((error: Error) => this.log(`Your settings did not reach the daemon: ${error.message}`));
  }
}
