import * as vscode from "vscode";
import type { DaemonClient } from "../protocol/client.ts";
import type { Settings } from "./settings.ts";

/** Tells the daemon what the person has chosen, at the start and whenever it changes. */
export class PreferencesSync implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "configure">;
  private readonly settings: Pick<Settings, "plans" | "pricesRefresh">;
  private readonly log: (line: string) => void;
  private readonly own: vscode.Disposable[];

  constructor(
    client: Pick<DaemonClient, "configure">,
    settings: Pick<Settings, "plans" | "pricesRefresh">,
    log: (line: string) => void,
  ) {
    this.client = client;
    this.settings = settings;
    this.log = log;
    this.own = [settings.plans.onDidChange(() => this.tell()), settings.pricesRefresh.onDidChange(() => this.tell())];
    this.tell();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private tell(): void {
    const { plans, pricesRefresh } = this.settings;
    const preferences = { plans: plans.value, refreshPrices: pricesRefresh.value };
    this.client
      .configure(preferences)
      .catch((error: Error) => this.log(`Your settings did not reach the daemon: ${error.message}`));
  }
}
