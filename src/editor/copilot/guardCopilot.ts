import { join } from "node:path";
import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import { GUARDED_FILE, TELEMETRY_SETTINGS } from "../../protocol/copilotSettings.ts";
import { hookFileText } from "../../protocol/hookFile.ts";
import { asPlainText } from "../words.ts";
import { hookFor, readIfThere, restore, writeWhole } from "./hookFiles.ts";
import { COPILOT_CHAT, personalHookFile, TELEMETRY_WRITTEN, type TelemetryWritten } from "./places.ts";
import type { PlanDocument } from "./planDocument.ts";
import { type GuardPlan, guardPlanText } from "./planText.ts";
import { testHook } from "./selfTest.ts";
import { copilotSettings, writeSettings } from "./settingsAccess.ts";
import { type TelemetryPlan, telemetryPlan } from "./telemetry.ts";

export interface GuardParts {
  client: Pick<DaemonClient, "link" | "telemetry">;
  memento: vscode.Memento;
  /** The file of the person's own settings, where this machine has it. */
  settingsFile: string;
  document: PlanDocument;
}

/**
 * `Token Budget: Guard Copilot Chat…`: shows what it would write, asks, writes, proves that the hook runs, and says what is covered.
 * @throws Error, for people, where it cannot; a hook that does not run is not left behind
 */
export async function guardCopilot({ client, memento, settingsFile, document }: GuardParts): Promise<void> {
  const stateDirectory = readyStateDirectory(client);
  const { url } = await client.telemetry();
  const telemetry = telemetryPlan(url, memento.get<TelemetryWritten>(TELEMETRY_WRITTEN)?.url, copilotSettings);
  const file = personalHookFile();
  const hook = hookFor(stateDirectory);
  const before = readIfThere(file);
  const plan: GuardPlan = { file, text: hookFileText(hook), isChange: before !== undefined, telemetry };
  if (!(await document.confirm(guardPlanText(plan, vscode.l10n.t), writesText(plan)))) return;
  writeWhole(file, plan.text);
  try {
    await testHook(hook.command!, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? stateDirectory);
  } catch (error) {
    restore(file, before);
    throw new Error(vscode.l10n.t("Copilot Chat is not guarded, because its hook does not run: {0}", (error as Error).message));
  }
  if (telemetry.kind === "write") {
    rememberSettingsFile(stateDirectory, settingsFile);
    const enabledBefore = copilotSettings.own(TELEMETRY_SETTINGS.enabled);
    await memento.update(TELEMETRY_WRITTEN, { url, enabledBefore } satisfies TelemetryWritten);
    await writeSettings(telemetry.settings);
  }
  void tellCover(telemetry);
}

/** `Token Budget: Unguard Copilot Chat`: takes back what the command above has written, and nothing else. */
export async function unguardCopilot({ client, memento }: GuardParts): Promise<void> {
  restore(personalHookFile(), undefined);
  const written = memento.get<TelemetryWritten>(TELEMETRY_WRITTEN);
  // Where no daemon runs, what was written down tells which settings are ours.
  const url = await client.telemetry().then(
    (telemetry) => telemetry.url,
    () => undefined,
  );
  const { enabled, endpoint } = TELEMETRY_SETTINGS;
  const set = copilotSettings.own(endpoint);
  if (set !== undefined && (set === url || set === written?.url))
    await writeSettings({ [endpoint]: undefined, [enabled]: written?.enabledBefore });
  await memento.update(TELEMETRY_WRITTEN, undefined);
  void vscode.window.showInformationMessage(
    vscode.l10n.t("Copilot Chat is not guarded any more. Its hook file is gone, and its settings are as they were."),
  );
}

/** @throws Error, for people, where no hook of ours could run */
function readyStateDirectory({ link }: Pick<DaemonClient, "link">): string {
  if (!vscode.extensions.getExtension(COPILOT_CHAT))
    throw new Error(vscode.l10n.t("Copilot Chat is not enabled in this window."));
  const settings = vscode.workspace.getConfiguration("chat");
  if (settings.get("useHooks") === false)
    throw new Error(vscode.l10n.t("VS Code runs no hooks here: its setting {0} is off.", "chat.useHooks"));
  const locations = settings.get<Record<string, boolean>>("hookFilesLocations");
  if (locations?.["~/.copilot/hooks"] === false)
    throw new Error(vscode.l10n.t("VS Code reads no hooks from your home: see its setting {0}.", "chat.hookFilesLocations"));
  if (link.phase !== "connected" || link.place !== "process" || !link.stateDirectory)
    throw new Error(
      link.reason ?? vscode.l10n.t("Token Budget's daemon does not run as a process of its own here, so no hook can ask it."),
    );
  return link.stateDirectory;
}

/** For uninstalling, which knows no editor. */
function rememberSettingsFile(stateDirectory: string, settingsFile: string): void {
  const file = join(stateDirectory, GUARDED_FILE);
  const { settings = [] } = JSON.parse(readIfThere(file) ?? "{}") as { settings?: string[] };
  writeWhole(file, JSON.stringify({ settings: [...new Set([...settings, settingsFile])] }));
}

function writesText({ telemetry }: GuardPlan): string {
  if (telemetry.kind === "write") return vscode.l10n.t("Writes one file and two settings, and tries the hook");
  return vscode.l10n.t("Writes one file, and tries the hook");
}

async function tellCover(telemetry: TelemetryPlan): Promise<void> {
  const asked = vscode.l10n.t("Copilot Chat is guarded: you are asked before an expensive prompt is sent.");
  if (telemetry.kind === "write") {
    const reload = vscode.l10n.t("Reload Window");
    const text = vscode.l10n.t("{0} What it uses is counted once the window is loaded anew.", asked);
    const picked = await vscode.window.showInformationMessage(text, reload);
    if (picked) await vscode.commands.executeCommand("workbench.action.reloadWindow");
    return;
  }
  const counted =
    telemetry.kind === "ours"
      ? vscode.l10n.t("{0} What it uses is counted.", asked)
      : vscode.l10n.t("{0} What it uses is estimated, because its telemetry goes elsewhere ({1}).", asked, telemetry.where);
  void vscode.window.showInformationMessage(asPlainText(counted));
}
