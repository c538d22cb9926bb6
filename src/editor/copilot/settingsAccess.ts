import * as vscode from "vscode";
import type { TelemetrySources } from "./telemetry.ts";

/** Copilot Chat's own settings, and what the environment says in their place. */
export const copilotSettings: TelemetrySources = {
  value: (name) => vscode.workspace.getConfiguration().get(name),
  own: (name) => vscode.workspace.getConfiguration().inspect(name)?.globalValue,
  env: process.env,
};

/** Writes the person's own settings; undefined takes one back. */
export async function writeSettings(settings: Record<string, unknown>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
}
