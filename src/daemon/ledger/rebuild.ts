import { randomUUID } from "node:crypto";
import { formatAmount, max, type Nano, type Unit } from "../../budget/money.ts";
import type { LedgerDatabase, Row } from "./database.ts";
import { amountOf, type Beside, besideOf, type OpenRecord, type PendingEntry, type StoredAdvance } from "./records.ts";
import { Replay } from "./replay.ts";
import {
  holdLine,
  type Line,
  readAdvance,
  readBeside,
  readEntry,
  readRequest,
  rebookLine,
  settleLine,
  writeAdvance,
  writeEntry,
  writeLine,
  writeRequest,
} from "./rows.ts";
import { type Salvage, tailOf } from "./salvage.ts";
import { markTabled } from "./tables.ts";

interface Filed extends PendingEntry, Beside {
  account: string;
  delivered: boolean;
}

/**
 * Fills an empty ledger with what was found of a broken one: what is missing in a table is made of the journal, and what is missing in
 * the journal is written into it. In doubt a request counts as spent, and an entry as not delivered, which the endpoint books once.
 * Answers what there is, for people.
 * @param at the instant of what is written (ISO 8601)
 */
export function rebuild(db: LedgerDatabase, found: Salvage, at: string): string {
  const replay = new Replay();
  const lost = lostHolds(found);
  for (const line of [...lost, ...(found.journal as unknown as Line[])]) replay.take(line);
  const entries = entriesOf(found.entry, replay);
  const requests = requestsOf(found.request, replay, entries);
  const advances = advancesOf(found, replay, entries, requests);
  db.transaction(() => {
    for (const line of lost) writeLine(db, line, at);
    for (const { at, kind, request, body, sum } of found.journal as Record<string, string>[])
      db.run("INSERT INTO journal (at, kind, request, body, sum) VALUES (?, ?, ?, ?, ?)", at!, kind!, request!, body!, sum!);
    for (const [id, filed] of entries) {
      const told = replay.entries.get(id);
      if (!told) writeLine(db, settleLine(filed.entry), filed.entry.at);
      const advance = filed.advance === "" ? undefined : filed.advance;
      if (told && JSON.stringify(told.entry) !== JSON.stringify(filed.entry)) writeLine(db, rebookLine(filed.entry, advance), at);
      writeEntry(db, filed.account, filed, filed);
      if (filed.delivered) db.run("UPDATE entry SET delivered = 1 WHERE id = ?", id);
    }
    for (const record of requests) {
      const told = replay.open.get(record.id);
      if (record.sent && !told?.sent) writeLine(db, { kind: "sent", request: record.id, body: null }, at);
      writeRequest(db, record);
    }
    for (const { account, advance, finished } of advances) {
      writeAdvance(db, account, advance, finished);
      const body = JSON.stringify({ spent: formatAmount(advance.spent) });
      if (!finished) writeLine(db, { kind: "opening", request: advance.id, body }, at);
    }
    for (const { account, name, body } of found.snapshot as Record<string, string>[])
      if (isJson(body)) db.run("INSERT INTO snapshot (account, name, body) VALUES (?, ?, ?)", account!, name!, body!);
    for (const { key, body } of found.output_history as Record<string, string>[])
      if (isJson(body)) db.run("INSERT INTO output_history (key, body) VALUES (?, ?)", key!, body!);
    markTabled(db);
  });
  const orphans = [...replay.entries.keys()].filter((id) => !entries.has(id)).length;
  const lacking = orphans > 0 ? ` (without ${orphans} of which nothing tells whose they are)` : "";
  return `${entries.size} entries${lacking}, ${requests.length} open requests, ${advances.length} advances`;
}

/** By id. */
function entriesOf(rows: readonly Row[], replay: Replay): Map<string, Filed> {
  const entries = new Map<string, Filed>();
  for (const row of rows) {
    const [account, advance] = [row.account as string, row.advance as string];
    const delivered = row.delivered === 1;
    entries.set(row.id as string, { entry: readEntry(row), account, advance, delivered, ...readBeside(row) });
  }
  for (const [id, { record, entry, advance = "" }] of replay.entries)
    if (record && !entries.has(id))
      entries.set(id, { entry, account: record.account, advance, delivered: advance === "", ...besideOf(record) });
  return entries;
}

/** The lines of holds that are in their table alone. */
function lostHolds({ request, journal }: Salvage): Line[] {
  const told = new Set(journal.flatMap((line) => (line.kind === "hold" || line.kind === "grow" ? [line.request] : [])));
  return request.filter(({ id }) => !told.has(id)).map((row) => holdLine(readRequest(row)));
}

function requestsOf(rows: readonly Row[], replay: Replay, entries: ReadonlyMap<string, Filed>): OpenRecord[] {
  const sent = new Set(rows.filter((row) => row.sent === 1).map(({ id }) => id));
  const open = [...replay.open.values()].filter(({ id }) => !entries.has(id));
  return open.map((record) => ({ ...record, sent: record.sent || sent.has(record.id) }));
}

interface FiledAdvance {
  account: string;
  advance: StoredAdvance;
  finished: boolean;
}

function advancesOf(
  found: Salvage,
  replay: Replay,
  entries: ReadonlyMap<string, Filed>,
  requests: readonly OpenRecord[],
): FiledAdvance[] {
  const advances = new Map<string, FiledAdvance>();
  const since = spentSince(found, replay);
  for (const row of found.advance) {
    const { account, finished } = row as { account: string; finished: number };
    const advance = readAdvance(row);
    advances.set(advance.id, { account, advance: { ...advance, spent: since(advance) }, finished: finished === 1 });
  }
  const known = new Set(advances.keys());
  const unknown = (id: string, account: string, keys: string[], unit: Unit = "usd") => {
    if (id === "" || known.has(id)) return undefined;
    const filed = advances.get(id) ?? { account, advance: blankAdvance(id, unit, keys), finished: false };
    advances.set(id, filed);
    return filed;
  };
  for (const { account, advance, delivered, entry } of entries.values()) {
    const filed = delivered ? undefined : unknown(advance, account, entry.allowances);
    if (filed) filed.advance = { ...filed.advance, spent: filed.advance.spent + amountOf(entry, filed.advance.unit) };
  }
  for (const { account, holds, allowances } of requests)
    for (const { advance, unit } of holds) unknown(advance, account, allowances, unit);
  return [...advances.values()];
}

/** What an advance has spent: what its row says and what came after; what the whole journal says, where it is not known since when. */
function spentSince(found: Salvage, replay: Replay): (advance: StoredAdvance) => Nano {
  if (found.tabled.length === 0) return ({ id, spent }) => max(spent, replay.spent.get(id) ?? 0n);
  const tail = new Map<string, Nano>();
  const tabled = new Set(found.entry.map(({ id }) => id));
  for (const { kind, request } of tailOf(found)) {
    const { record, entry } = (kind === "settle" && !tabled.has(request) && replay.entries.get(request)) || {};
    for (const { advance, unit } of (entry && record?.holds) ?? [])
      tail.set(advance, (tail.get(advance) ?? 0n) + amountOf(entry!, unit));
  }
  return ({ id, spent }) => spent + (tail.get(id) ?? 0n);
}

/**
 * In the place of an advance whose row is lost: it has no name at the endpoint, and none will be given for this id under another machine. So
 * it hands what it has to tell over to a new one.
 */
function blankAdvance(id: string, unit: Unit, keys: string[]): StoredAdvance {
  return { id, remote: undefined, machine: randomUUID(), unit, keys, granted: 0n, spent: 0n, returned: 0n, seq: 0 };
}

function isJson(text: string | undefined): boolean {
  try {
    return JSON.parse(text!) !== undefined;
  } catch {
    return false;
  }
}
