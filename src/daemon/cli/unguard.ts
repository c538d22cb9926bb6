import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyEdits, modify, parse } from "jsonc-parser";
import * as z from "zod/mini";
import { GUARDED_FILE, TELEMETRY_SETTINGS } from "../../protocol/copilotSettings.ts";
import { HOOK_FILE, LAUNCHERS, PERSONAL_HOOKS } from "../../protocol/hookFile.ts";
import { savedPlace, urlOf } from "../assistants/telemetryPlace.ts";

const GuardedSchema = z.object({ settings: z.array(z.string()) });

/**
 * Takes back what `Guard Copilot Chat` has written outside the state directory: the person's hook file, and the settings that send Copilot
 * Chat's telemetry here. Other hooks, and settings that say something else meanwhile, stay as they are. Answers the paths of what it changed.
 */
export function unguard(stateDirectory: string, home: string): string[] {
  const changed = guardedSettings(stateDirectory).filter((file) => withoutTelemetry(file, stateDirectory));
  const hooks = join(home, ...PERSONAL_HOOKS, HOOK_FILE);
  if (existsSync(hooks) && isOurs(readFileSync(hooks, "utf8"), stateDirectory)) {
    rmSync(hooks);
    changed.push(hooks);
  }
  return changed;
}

/** It starts this state directory's launcher, and not that of another. */
function isOurs(text: string, stateDirectory: string): boolean {
  return Object.values(LAUNCHERS).some((name) => text.includes(JSON.stringify(join(stateDirectory, name)).slice(1, -1)));
}

function guardedSettings(stateDirectory: string): string[] {
  try {
    return GuardedSchema.parse(JSON.parse(readFileSync(join(stateDirectory, GUARDED_FILE), "utf8"))).settings;
  } catch {
    return [];
  }
}

/** Whether the settings file named our address, and does not any more. */
function withoutTelemetry(file: string, stateDirectory: string): boolean {
  const place = savedPlace(stateDirectory);
  if (!place || !existsSync(file)) return false;
  let text = readFileSync(file, "utf8");
  const settings: unknown = parse(text);
  if (!isRecord(settings) || settings[TELEMETRY_SETTINGS.endpoint] !== urlOf(place)) return false;
  for (const name of Object.values(TELEMETRY_SETTINGS)) text = applyEdits(text, modify(text, [name], undefined, {}));
  writeFileSync(file, text);
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
