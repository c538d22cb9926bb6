import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { flush } from "./backup.ts";
import { LedgerDatabase, openDatabase, type Sqlite } from "./database.ts";
import { rebuild } from "./rebuild.ts";
import { salvage } from "./salvage.ts";

/** SQLite's own files beside a ledger. */
const BESIDE = ["-wal", "-shm"];

/**
 * Makes a new ledger of what can be read of a broken one, which is set aside. Whatever moment it is killed at, the next start goes on from
 * there. Answers what people should know.
 * @param now epoch ms
 * @throws Error where the new one cannot be written; the old one is as it was then
 */
export function mend(file: string, sqlite: Sqlite, reason: string, now: number): string {
  const unfinished = `${file}.mending`;
  for (const suffix of ["", ...BESIDE]) rmSync(unfinished + suffix, { force: true });
  const found = salvage(file, sqlite);
  const { database } = openDatabase(unfinished, sqlite);
  const db = new LedgerDatabase(database, unfinished);
  let what: string;
  try {
    what = rebuild(db, found, new Date(now).toISOString());
  } finally {
    db.close(); // which writes all into the one file
  }
  flush(unfinished);
  renameSync(unfinished, mendedOf(file));
  flush(dirname(file));
  const aside = finishMending(file, now);
  return `The ledger was damaged (${reason}) and is set aside as ${aside}. Read from it: ${what}. The team's figures come anew from the endpoint.`;
}

/** Puts a mended ledger in the place of the broken one, where that is still to be done. Answers where the broken one is now. */
export function finishMending(file: string, now: number): string | undefined {
  const mended = mendedOf(file);
  if (!existsSync(mended)) return undefined;
  const aside = `${file}.damaged-${new Date(now).toISOString().replace(/\W/g, "")}`;
  for (const suffix of ["", ...BESIDE]) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  renameSync(mended, file);
  flush(dirname(file));
  return aside;
}

function mendedOf(file: string): string {
  return `${file}.mended`;
}
