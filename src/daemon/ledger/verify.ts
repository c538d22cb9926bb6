import { formatAmount } from "../../budget/money.ts";
import type { Verification } from "../../protocol/daemon.ts";
import { checkIntact, type LedgerDatabase } from "./database.ts";
import { Replay } from "./replay.ts";
import { type Line, readAdvance, readEntry, readRequest } from "./rows.ts";

/** Rebuilds requests, entries and the spend of advances from the journal, and compares them with what the tables say. @throws Error where it cannot be read */
export function verifyLedger(db: LedgerDatabase): Verification {
  db.read(checkIntact);
  const replay = new Replay();
  let lines = 0;
  for (const line of db.each("SELECT kind, request, body FROM journal ORDER BY seq")) {
    replay.take(line as unknown as Line);
    lines++;
  }
  const entries = db.get("SELECT COUNT(*) AS count FROM entry")?.count;
  const differences = [...differentEntries(db, replay), ...differentRequests(db, replay), ...differentAdvances(db, replay)];
  return { lines, entries: Number(entries), differences };
}

function* differentEntries(db: LedgerDatabase, replay: Replay): Generator<string> {
  const { journal_before: forgotten } = db.get("SELECT journal_before FROM retention")!;
  for (const row of db.each("SELECT id, at, advance, body FROM entry")) {
    const id = row.id as string;
    const told = replay.entries.get(id);
    replay.entries.delete(id);
    if (!told && (row.at as string) >= (forgotten as string)) yield `entry ${id} is not in the journal`;
    if (told && JSON.stringify(told.entry) !== JSON.stringify(readEntry(row))) yield `entry ${id} is another than in the journal`;
    if (told?.advance !== undefined && told.advance !== row.advance) yield `entry ${id} is reported by another advance`;
  }
  for (const id of replay.entries.keys()) yield `entry ${id} is only in the journal`;
}

function* differentRequests(db: LedgerDatabase, replay: Replay): Generator<string> {
  for (const row of db.all("SELECT body, sent FROM request")) {
    const record = readRequest(row);
    const told = replay.open.get(record.id);
    replay.open.delete(record.id);
    if (!told) yield `request ${record.id} is not open by the journal`;
    else if (JSON.stringify(told) !== JSON.stringify(record)) yield `request ${record.id} is another than in the journal`;
  }
  for (const id of replay.open.keys()) yield `request ${id} is open by the journal alone`;
}

function* differentAdvances(db: LedgerDatabase, replay: Replay): Generator<string> {
  for (const row of db.all("SELECT * FROM advance WHERE finished = 0")) {
    const { id, spent } = readAdvance(row);
    const told = replay.spent.get(id) ?? 0n;
    if (told !== spent) yield `advance ${id} has spent ${formatAmount(spent)}, and ${formatAmount(told)} by the journal`;
  }
}
