import { chmodSync, closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/**
 * Copies a ledger, as it is before a migration takes it from `version` on, to `ledger.sqlite.v<version>.backup` beside it. The name is
 * there only when all of the copy is.
 * @throws Error when there is no room for it
 */
export function backUp(database: DatabaseSync, file: string, version: number): void {
  const copy = `${file}.v${version}.backup`;
  const unfinished = `${copy}.part`;
  rmSync(unfinished, { force: true });
  database.prepare("VACUUM INTO ?").run(unfinished);
  chmodSync(unfinished, 0o600);
  flush(unfinished);
  renameSync(unfinished, copy);
  flush(dirname(copy));
}

/** After a start without a migration, only the newest backup is still of use. */
export function forgetOldBackups(file: string): void {
  const folder = dirname(file);
  const versionIn = (name: string) => Number(/\.v(\d+)\.backup$/.exec(name)?.[1]);
  const copies = readdirSync(folder).filter((name) => name.startsWith(`${basename(file)}.v`) && name.endsWith(".backup"));
  const newest = Math.max(...copies.map(versionIn));
  for (const name of copies) if (versionIn(name) < newest) rmSync(join(folder, name), { force: true });
}

/** Makes sure that a file, or the names in a folder, outlive a loss of power. Windows does that for folders by itself. */
export function flush(path: string): void {
  try {
    const descriptor = openSync(path, "r+");
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
    if (process.platform === "win32") return;
    const descriptor = openSync(path, "r");
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}
