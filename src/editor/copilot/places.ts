import { homedir } from "node:os";
import { join } from "node:path";
import { HOOK_FILE, PERSONAL_HOOKS } from "../../protocol/hookFile.ts";

/** The editor's own assistant. */
export const COPILOT_CHAT = "GitHub.copilot-chat";

/** Where this person's hook file is, on the machine that runs the hooks. */
export function personalHookFile(): string {
  return join(homedir(), ...PERSONAL_HOOKS, HOOK_FILE);
}

/** What was last written into Copilot Chat's settings, and what stood there; in the global memento. */
export interface TelemetryWritten {
  url: string;
  enabledBefore: unknown;
}
export const TELEMETRY_WRITTEN = "copilotTelemetry";
