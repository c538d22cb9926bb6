import { homedir } from "node:os";
import { join } from "node:path";

/** Where the embedded database lies unless `--data` says otherwise: the platform's folder for an application's state. */
export function defaultFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(stateFolder(env, platform), "token-budget", "endpoint");
}

function stateFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === "win32") return env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support");
  return env.XDG_STATE_HOME || join(homedir(), ".local", "state");
}
