import type { LedgerDatabase } from "./database.ts";
import { DamagedError, isOfTheDisk } from "./faults.ts";
import { besideOf } from "./records.ts";
import { Replay } from "./replay.ts";
import { type Line, readAdvance, readRequest, writeAdvance, writeEntry, writeRequest } from "./rows.ts";
import { sumOf } from "./sum.ts";

/** The tables that are made of the journal: open requests, entries, and the spend of advances. They may be some lines behind it. */

/** The lines that the tables do not have. @throws DamagedError where that is not known */
export function linesAhead(db: LedgerDatabase): Line[] {
  const mark = db.get("SELECT seq FROM tabled")?.seq;
  if (mark === undefined) throw new DamagedError("it does not say up to where its tables are made");
  return db.all("SELECT kind, request, body FROM journal WHERE seq > ? ORDER BY seq", mark as number) as unknown as Line[];
}

/** What lines say that the tables do not have, beginning with what those say of the same requests. */
export function replayOn(db: LedgerDatabase, lines: readonly Line[]): Replay {
  const replay = new Replay();
  for (const id of new Set(lines.map(({ request }) => request))) {
    const row = db.get("SELECT body, sent FROM request WHERE id = ?", id);
    if (row) replay.open.set(id, readRequest(row));
  }
  for (const line of lines) replay.take(line);
  return replay;
}

/**
 * Brings the tables up to lines that they do not have. To be called inside a transaction.
 * @throws DamagedError where they do not go with the lines
 */
export function tabulate(db: LedgerDatabase, lines: readonly Line[]): void {
  if (lines.length === 0) return;
  try {
    makeTables(db, lines);
  } catch (error) {
    if (isOfTheDisk(error)) throw error;
    throw new DamagedError(`its tables do not go with its journal: ${(error as Error).message}`);
  }
}

function makeTables(db: LedgerDatabase, lines: readonly Line[]): void {
  const replay = replayOn(db, lines);
  for (const id of new Set(lines.map(({ request }) => request))) {
    const record = replay.open.get(id);
    if (record) writeRequest(db, record);
    else db.run("DELETE FROM request WHERE id = ?", id);
  }
  for (const [id, { record, entry, advance = "" }] of replay.entries) {
    if (!record) throw new Error(`the hold of request ${id} is missing`);
    writeEntry(db, record.account, { entry, advance }, besideOf(record));
  }
  for (const [id, more] of replay.spent) {
    const row = db.get("SELECT * FROM advance WHERE id = ?", id);
    if (!row) continue;
    const advance = readAdvance(row);
    writeAdvance(db, row.account as string, { ...advance, spent: advance.spent + more }, row.finished === 1);
  }
  markTabled(db);
}

/** The tables have all lines. To be called in the transaction that sees to it. */
export function markTabled(db: LedgerDatabase): void {
  const seq = Number(db.get("SELECT MAX(seq) AS seq FROM journal")?.seq ?? 0);
  db.run("UPDATE tabled SET seq = ?, sum = ?", seq, sumOf(seq));
}
