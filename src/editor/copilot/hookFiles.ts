import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { HOOK_TIMEOUT } from "../../protocol/assistants.ts";
import { type Hook, LAUNCHERS, personalHook } from "../../protocol/hookFile.ts";

/** The hook that starts the launcher in this state directory. */
export function hookFor(stateDirectory: string): Hook {
  const isWindows = process.platform === "win32";
  return personalHook(join(stateDirectory, LAUNCHERS[isWindows ? "windows" : "posix"]), isWindows, HOOK_TIMEOUT);
}

/** The file's text; undefined where there is none. */
export function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Writes a file whole or not at all, with the folders above it. @throws Error when it cannot */
export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, text);
  renameSync(next, path);
}

/** Puts back what was there before: a text, or nothing. */
export function restore(path: string, before: string | undefined): void {
  if (before === undefined) rmSync(path, { force: true });
  else writeWhole(path, before);
}
