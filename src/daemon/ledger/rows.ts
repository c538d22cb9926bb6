import { formatAmount, parseAmount, type Unit } from "../../budget/money.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { LedgerDatabase, Row } from "./database.ts";
import type { Beside, OpenRecord, PendingEntry, StoredAdvance } from "./records.ts";
import { sumOf } from "./sum.ts";

/** How the records of the ledger lie in its tables. To be called inside a transaction. */

export type JournalKind = "hold" | "grow" | "sent" | "settle" | "release" | "rebook" | "surrender" | "opening";

/** A line of the journal: what happened to a request, or to an advance. */
export interface Line {
  kind: JournalKind;
  request: string;
  /** JSON. */
  body: string | null;
}

/** That a request is held, or that its hold has changed. */
export function holdLine(record: OpenRecord, kind: "hold" | "grow" = "hold"): Line {
  return { kind, request: record.id, body: JSON.stringify(record) };
}

export function settleLine(entry: Entry): Line {
  return { kind: "settle", request: entry.id, body: JSON.stringify(entry) };
}

/** That an entry has changed, or that another advance reports it; undefined: none does. */
export function rebookLine(entry: Entry, advance: string | undefined): Line {
  return { kind: "rebook", request: entry.id, body: JSON.stringify({ advance, entry }) };
}

export function writeLine(db: LedgerDatabase, { kind, request, body }: Line, at: string): void {
  const sum = sumOf(at, kind, request, body);
  db.run("INSERT INTO journal (at, kind, request, body, sum) VALUES (?, ?, ?, ?, ?)", at, kind, request, body, sum);
}

export function writeRequest(db: LedgerDatabase, record: OpenRecord): void {
  const { id } = record;
  const body = JSON.stringify(record);
  const sent = record.sent ? 1 : 0;
  db.run("INSERT OR REPLACE INTO request (id, body, sent, sum) VALUES (?, ?, ?, ?)", id, body, sent, sumOf(id, body, sent));
}

export function readRequest(row: Row): OpenRecord {
  return { ...(JSON.parse(row.body as string) as OpenRecord), sent: row.sent === 1 };
}

export function writeEntry(db: LedgerDatabase, account: string, { entry, advance }: PendingEntry, beside: Beside): void {
  const body = JSON.stringify(entry);
  // An account-less entry has nobody to be delivered to.
  const delivered = advance === "" ? 1 : 0;
  db.run(
    `INSERT INTO entry (id, account, at, advance, usage_source, delivered, body, sum, workspace, covered)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[entry.id, account, entry.at, advance, entry.usageSource, delivered, body, sumOf(entry.id, account, advance, body)],
    ...[beside.workspace ?? null, beside.covered ? 1 : 0],
  );
}

/** Changes an entry that is there, and which advance reports it; empty: none. */
export function rewriteEntry(db: LedgerDatabase, account: string, { entry, advance }: PendingEntry): void {
  const body = JSON.stringify(entry);
  db.run(
    "UPDATE entry SET advance = ?, usage_source = ?, delivered = ?, body = ?, sum = ? WHERE id = ?",
    ...[advance, entry.usageSource, advance === "" ? 1 : 0, body, sumOf(entry.id, account, advance, body), entry.id],
  );
}

export function readEntry(row: Row): Entry {
  return JSON.parse(row.body as string) as Entry;
}

/** What lies beside an entry; in a ledger of before there was any, nothing. */
export function readBeside({ workspace, covered }: Row): Beside {
  return { ...(typeof workspace === "string" && { workspace }), covered: covered === 1 };
}

export function writeAdvance(db: LedgerDatabase, account: string, advance: StoredAdvance, finished: boolean): void {
  const { id, remote = null, machine, unit, seq } = advance;
  const [granted, spent, returned] = [advance.granted, advance.spent, advance.returned].map(formatAmount) as [
    string,
    string,
    string,
  ];
  const values = [
    id,
    remote,
    account,
    machine,
    unit,
    JSON.stringify(advance.keys),
    granted,
    spent,
    returned,
    seq,
    finished ? 1 : 0,
  ];
  db.run(
    `INSERT INTO advance (id, remote, account, machine, unit, keys, granted, spent, returned, seq, finished, sum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET remote = excluded.remote, account = excluded.account, machine = excluded.machine,
       unit = excluded.unit, keys = excluded.keys, granted = excluded.granted, spent = excluded.spent,
       returned = excluded.returned, seq = excluded.seq, finished = excluded.finished, sum = excluded.sum`,
    ...[...values, sumOf(...values)],
  );
}

export function readAdvance(row: Row): StoredAdvance {
  return {
    id: row.id as string,
    remote: (row.remote as string | null) ?? undefined,
    machine: row.machine as string,
    unit: row.unit as Unit,
    keys: JSON.parse(row.keys as string) as string[],
    granted: parseAmount(row.granted as string),
    spent: parseAmount(row.spent as string),
    returned: parseAmount(row.returned as string),
    seq: row.seq as number,
  };
}
