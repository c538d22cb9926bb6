import { chmodSync, mkdirSync, renameSync, type Stats, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Where ledger, log, lock and socket of this person on this machine are: `$TOKEN_BUDGET_STATE_DIR`, else the platform's place
 * for state. Never inside an editor's own storage, which would split one budget by editor, remote and container.
 */
export function stateDirectoryOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform, home?: string): string {
  if (env.TOKEN_BUDGET_STATE_DIR) return resolve(env.TOKEN_BUDGET_STATE_DIR);
  home ??= process.getBuiltinModule("node:os").homedir(); // loaded where it is needed: a hook has no time for it
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "token-budget");
  if (platform === "darwin") return join(home, "Library", "Application Support", "token-budget");
  return join(env.XDG_STATE_HOME || join(home, ".local", "state"), "token-budget");
}

/**
 * Creates a folder that only its owner can enter, or makes sure that it is one.
 * @throws Error, for people, when it cannot be created, belongs to somebody else, or others may write to it
 */
export function preparePrivateFolder(path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false }) ?? created(path);
    if (!found.isDirectory()) throw new Error("it is not a folder");
    if (process.platform === "win32") return; // the profile's access list is private already
    if (found.uid !== process.getuid?.()) throw new Error("it belongs to somebody else");
    if (found.mode & 0o022) throw new Error("others may write to it");
    if (found.mode & 0o055) chmodSync(path, 0o700);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Token Budget cannot keep its state in ${path}: ${reason}. Set TOKEN_BUDGET_STATE_DIR to a folder of your own.`,
    );
  }
}

function created(path: string): Stats {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return statSync(path);
}

/** Writes a file of the state directory, whole or not at all, that only its owner can read. @throws Error when it cannot */
export function writePrivateFile(path: string, text: string): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}
