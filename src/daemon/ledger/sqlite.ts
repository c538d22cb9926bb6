import type { DatabaseSync } from "node:sqlite";
import type { OutputHistory } from "../../budget/estimate/outputHistory.ts";
import type { Observed, OutputHistories } from "../../budget/estimate/outputNorms.ts";
import { formatAmount, parseAmount } from "../../budget/money.ts";
import type { Verification } from "../../protocol/daemon.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import { LedgerDatabase, type Until } from "./database.ts";
import type { Ledger } from "./ledger.ts";
import { besideOf, type Handover, type LocalEntry, type OpenRecord, type PendingEntry, type StoredAdvance } from "./records.ts";
import { Retention } from "./retention.ts";
import {
  type JournalKind,
  readAdvance,
  readBeside,
  readEntry,
  readRequest,
  rewriteEntry,
  writeAdvance,
  writeEntry,
  writeJournal,
  writeRequest,
} from "./rows.ts";
import { verifyLedger } from "./verify.ts";

interface SqliteLedgerOptions {
  /** Epoch ms. */
  wall: () => number;
  /** What has been wrong with it, for people. */
  notice?: string | undefined;
}

/**
 * The ledger in SQLite: an append-only journal of holds, sends, settles and releases, the entries made of them, and what the
 * endpoint last said. Every method is one transaction, and what it wrote outlives the process. It outlives a power cut, too, but for the
 * last holds of what was not sent, and the last settles within their holds: a power cut may turn these back into open holds, which the next
 * start charges in full as uncertain. No message leaves for the endpoint before they are on the disk: each is preceded by a durable
 * `saveAdvance`.
 */
export class SqliteLedger implements Ledger {
  readonly #db: LedgerDatabase;
  readonly #wall: () => number;
  readonly #notice: string | undefined;
  readonly #retention: Retention;
  /** Entries that could not be written yet, by id. */
  readonly #unwritten = new Map<string, PendingEntry & { account: string }>();
  #pending = { entries: 0, uncertain: 0 };
  /** Whose they are; undefined where they are to be counted anew. */
  #counted: string | undefined;

  constructor(database: DatabaseSync, file: string, { wall, notice }: SqliteLedgerOptions) {
    this.#db = new LedgerDatabase(database, file);
    this.#wall = wall;
    this.#notice = notice;
    this.#retention = new Retention(this.#db);
  }

  get warning(): string | undefined {
    return this.#db.warning ?? this.#notice;
  }
  get onWarning(): () => void {
    return this.#db.onWarning;
  }
  set onWarning(listener: () => void) {
    this.#db.onWarning = listener;
  }
  get damaged(): Promise<void> {
    return this.#db.damaged;
  }

  close(): void {
    this.#db.close();
  }

  // What the endpoint last said.

  snapshot(account: string, name: string): unknown {
    const row = this.#db.get("SELECT body FROM snapshot WHERE account = ? AND name = ?", account, name);
    return row && JSON.parse(row.body as string);
  }

  saveSnapshot(account: string, name: string, body: unknown, options?: { until?: Until }): void {
    const text = JSON.stringify(body);
    this.#db.transaction(() => {
      this.#db.run("INSERT OR REPLACE INTO snapshot (account, name, body) VALUES (?, ?, ?)", account, name, text);
    }, options);
  }

  // Advances.

  advances(account: string): StoredAdvance[] {
    return this.#db.all("SELECT * FROM advance WHERE account = ? AND finished = 0 ORDER BY rowid", account).map(readAdvance);
  }

  saveAdvance(account: string, advance: StoredAdvance, finished = false): void {
    this.#db.transaction(() => writeAdvance(this.#db, account, advance, finished));
  }

  // Requests.

  openRequests(): OpenRecord[] {
    return this.#db.all("SELECT body, sent FROM request ORDER BY rowid").map(readRequest);
  }

  hold(record: OpenRecord, kind: "hold" | "grow" = "hold"): void {
    const body = JSON.stringify(record);
    const write = () => {
      this.#journal(kind, record.id, body);
      writeRequest(this.#db, record, body);
    };
    // What was not sent needs no hold after a power cut; `sent` waits for both.
    this.#db.transaction(write, { until: kind === "hold" && !record.sent ? "nextSync" : "now" });
  }

  sent(id: string): void {
    this.#db.transaction(() => {
      this.#journal("sent", id, null);
      this.#db.run("UPDATE request SET sent = 1, sum = row_sum(id, body, 1) WHERE id = ?", id);
    });
  }

  settle(record: OpenRecord, pending: PendingEntry, advances: readonly StoredAdvance[], outputs?: Observed): void {
    const { account } = record;
    const body = JSON.stringify(pending.entry);
    this.#book(
      account,
      pending,
      () => {
        this.#journal("settle", record.id, body);
        writeEntry(this.#db, account, pending, besideOf(record), body);
        this.#db.run("DELETE FROM request WHERE id = ?", record.id);
        for (const advance of advances) writeAdvance(this.#db, account, advance, false);
        if (outputs) this.#writeOutputs(outputs);
      },
      isWithinHold(pending.entry) ? "nextSync" : "now",
    );
  }

  draw(call: OpenRecord, pending: PendingEntry, advances: readonly StoredAdvance[], turn?: OpenRecord): void {
    this.#book(call.account, pending, () => {
      this.#journal("hold", call.id, JSON.stringify(call));
      this.#journal("settle", call.id, JSON.stringify(pending.entry));
      writeEntry(this.#db, call.account, pending, besideOf(call));
      for (const advance of advances) writeAdvance(this.#db, call.account, advance, false);
      if (!turn) return;
      this.#journal("grow", turn.id, JSON.stringify(turn));
      writeRequest(this.#db, turn);
    });
  }

  release(id: string): void {
    this.#record(() => {
      this.#journal("release", id, null);
      this.#db.run("DELETE FROM request WHERE id = ?", id);
    });
  }

  outputs(): OutputHistories {
    const rows = this.#db.all("SELECT key, body FROM output_history ORDER BY rowid");
    return new Map(rows.map((row) => [row.key as string, JSON.parse(row.body as string) as OutputHistory]));
  }

  entry(id: string): Entry | undefined {
    const row = this.#db.get("SELECT body FROM entry WHERE id = ?", id);
    return row ? readEntry(row) : this.#late().find(({ entry }) => entry.id === id)?.entry;
  }

  entriesSince(account: string, at: string): Entry[] {
    const written = this.#db.all("SELECT body FROM entry WHERE account = ? AND at >= ? ORDER BY at", account, at).map(readEntry);
    const late = this.#late().flatMap((one) => (one.account === account && one.entry.at >= at ? [one.entry] : []));
    return [...written, ...late];
  }

  entriesAfter(account: string | undefined, mark: number, since: string, limit: number) {
    const whose = account === undefined ? "" : "AND account = ?";
    const own = account === undefined ? [] : [account];
    // By the order in which they were written, not by the index of time: that is where the mark is.
    const rows = this.#db.all(
      `SELECT rowid AS mark, body, workspace, covered FROM entry WHERE rowid > ? AND +at >= ? ${whose} ORDER BY rowid LIMIT ?`,
      ...[mark, since, ...own, limit],
    );
    const entries = rows.map((row): LocalEntry => ({ entry: readEntry(row), ...readBeside(row) }));
    return { mark: Number(rows.at(-1)?.mark ?? mark), entries };
  }

  // Delivery.

  undelivered(account: string, advance: string, limit: number): Entry[] {
    const rows = this.#db.all(
      "SELECT body FROM entry INDEXED BY entry_undelivered WHERE account = ? AND advance = ? AND delivered = 0 ORDER BY rowid LIMIT ?",
      ...[account, advance, limit],
    );
    return rows.map(readEntry);
  }

  exchanged(account: string, advance: StoredAdvance, finished: boolean, delivered: readonly string[]): void {
    this.#counted = undefined;
    this.#record(() => {
      for (const id of delivered) this.#db.run("UPDATE entry SET delivered = 1 WHERE id = ?", id);
      writeAdvance(this.#db, account, advance, finished);
    });
  }

  handOver(
    account: string,
    { from, to, charged, entries }: Handover,
    changed: readonly { advance: StoredAdvance; finished: boolean }[],
  ): void {
    this.#counted = undefined;
    this.#record(() => {
      this.#journal("surrender", from, JSON.stringify({ to, charged: formatAmount(charged) }));
      for (const entry of entries) {
        this.#journal("rebook", entry.id, JSON.stringify({ advance: to, entry }));
        rewriteEntry(this.#db, account, { entry, advance: to ?? "" });
      }
      for (const one of changed) writeAdvance(this.#db, account, one.advance, one.finished);
    });
  }

  pending(account: string): { entries: number; uncertain: number } {
    if (this.#counted === account) return this.#pending;
    try {
      // Left to itself SQLite takes the index by account and time, and reads all entries that there ever were.
      const row = this.#db.get(
        `SELECT COUNT(*) AS entries, COALESCE(SUM(usage_source = 'uncertain'), 0) AS uncertain
         FROM entry INDEXED BY entry_undelivered WHERE account = ? AND delivered = 0`,
        account,
      );
      const late = this.#late().filter((one) => one.account === account && one.advance !== "");
      const uncertain = late.filter(({ entry }) => entry.usageSource === "uncertain").length;
      this.#pending = { entries: Number(row?.entries) + late.length, uncertain: Number(row?.uncertain) + uncertain };
      if (!this.#db.isBehind) this.#counted = account;
    } catch {
      // Shown all the time: what was last known, until the ledger is mended.
    }
    return this.#pending;
  }

  verify(): Verification {
    return verifyLedger(this.#db);
  }

  tidy(): void {
    try {
      if (this.#db.isBehind || this.#db.isUnsynced || this.#db.warning !== undefined)
        this.saveSnapshot("", "written", this.#wall());
      this.#retention.step(this.#wall());
    } catch {
      // The warning says why.
    }
  }

  /** Writes an entry, and what goes with it. @throws Error where it is kept in memory for now */
  #book(account: string, pending: PendingEntry, write: () => void, until?: Until): void {
    this.#late(); // forgets what was written since
    this.#unwritten.set(pending.entry.id, { ...pending, account });
    const counted = this.#counted;
    this.#counted = undefined;
    this.#record(write, until);
    this.#counted = counted;
    if (counted !== account || pending.advance === "") return;
    const { entries, uncertain } = this.#pending;
    this.#pending = { entries: entries + 1, uncertain: uncertain + (pending.entry.usageSource === "uncertain" ? 1 : 0) };
  }

  /** What has happened but is not written. */
  #late(): (PendingEntry & { account: string })[] {
    if (!this.#db.isBehind) this.#unwritten.clear();
    return [...this.#unwritten.values()];
  }

  /** @throws Error where it is kept in memory for now */
  #record(write: () => void, until: Until = "now"): void {
    this.#db.record(write, { until });
  }

  #journal(kind: JournalKind, subject: string, body: string | null): void {
    writeJournal(this.#db, kind, subject, body, new Date(this.#wall()).toISOString());
  }

  /** A replaced row goes to the end. */
  #writeOutputs({ changed, forgotten }: Observed): void {
    for (const key of forgotten) this.#db.run("DELETE FROM output_history WHERE key = ?", key);
    for (const [key, history] of changed)
      this.#db.run("INSERT OR REPLACE INTO output_history (key, body) VALUES (?, ?)", key, JSON.stringify(history));
  }
}

/** Whether its hold, charged in full, would cover it. */
function isWithinHold({ cost, tokens, held }: Entry): boolean {
  return parseAmount(cost) <= parseAmount(held.usd) && parseAmount(tokens) <= parseAmount(held.tokens);
}
