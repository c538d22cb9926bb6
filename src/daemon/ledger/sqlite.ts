import type { DatabaseSync } from "node:sqlite";
import type { OutputHistory } from "../../budget/estimate/outputHistory.ts";
import type { Observed, OutputHistories } from "../../budget/estimate/outputNorms.ts";
import { formatAmount, parseAmount } from "../../budget/money.ts";
import type { Verification } from "../../protocol/daemon.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import { LedgerDatabase, type Until } from "./database.ts";
import { Journal } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import type { Handover, LocalEntry, OpenRecord, StoredAdvance } from "./records.ts";
import type { Replay, ReplayedEntry } from "./replay.ts";
import { Retention } from "./retention.ts";
import {
  holdLine,
  type Line,
  readAdvance,
  readBeside,
  readEntry,
  readRequest,
  rebookLine,
  rewriteEntry,
  settleLine,
  writeAdvance,
} from "./rows.ts";
import { verifyLedger } from "./verify.ts";

interface SqliteLedgerOptions {
  /** Epoch ms. */
  wall: () => number;
  /** What has been wrong with it, for people. */
  notice?: string | undefined;
}

/**
 * The ledger in SQLite: an append-only journal of holds, sends, settles and releases, the tables that are made of it, and what the endpoint
 * last said. What has happened is one transaction each, and outlives the process. It outlives a power cut, too, but for the last
 * settles within their holds: a power cut may turn these back into open holds, which the next start charges in full as uncertain. No message
 * leaves for the endpoint before they are on the disk: each is preceded by a durable `saveAdvance`.
 */
export class SqliteLedger implements Ledger {
  readonly #db: LedgerDatabase;
  readonly #wall: () => number;
  readonly #notice: string | undefined;
  readonly #journal: Journal;
  readonly #retention: Retention;
  /** Holds of what was not sent: they need no line. */
  readonly #unsent = new Map<string, OpenRecord>();
  /** Open requests that the journal has. */
  readonly #written: Set<string>;
  #pending = { entries: 0, uncertain: 0 };
  /** Whose they are; undefined where they are to be counted anew. */
  #counted: string | undefined;

  /** @throws Error when what a killed process left cannot be written */
  constructor(database: DatabaseSync, file: string, { wall, notice }: SqliteLedgerOptions) {
    this.#db = new LedgerDatabase(database, file);
    this.#wall = wall;
    this.#notice = notice;
    this.#journal = new Journal(this.#db, wall);
    this.#retention = new Retention(this.#db, this.#journal);
    this.#written = new Set(this.#db.all("SELECT id FROM request").map(({ id }) => id as string));
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
    this.#journal.close();
    try {
      this.#journal.catchUp();
    } catch {
      // The next run makes the tables of the journal.
    }
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
    const ahead = this.#caughtUp();
    const rows = this.#db.all("SELECT * FROM advance WHERE account = ? AND finished = 0 ORDER BY rowid", account);
    return rows.map(readAdvance).map((one) => ({ ...one, spent: one.spent + (ahead?.spent.get(one.id) ?? 0n) }));
  }

  saveAdvance(account: string, advance: StoredAdvance, finished = false): void {
    this.#db.transaction(() => {
      this.#journal.follow();
      writeAdvance(this.#db, account, advance, finished);
    });
  }

  // Requests.

  openRequests(): OpenRecord[] {
    this.#caughtUp();
    return this.#db.all("SELECT body, sent FROM request ORDER BY rowid").map(readRequest);
  }

  hold(record: OpenRecord, kind: "hold" | "grow" = "hold"): void {
    // Where nothing can be written, it is to be known before anybody means to send.
    if (!record.sent && !this.#written.has(record.id) && this.#db.warning === undefined) {
      this.#unsent.set(record.id, record);
      return;
    }
    this.#journal.ask([holdLine(record, kind)]);
    this.#written.add(record.id);
    this.#unsent.delete(record.id);
  }

  sent(id: string): void {
    const record = this.#unsent.get(id);
    if (record) this.hold({ ...record, sent: true });
    else this.#journal.ask([{ kind: "sent", request: id, body: null }]);
  }

  settle(record: OpenRecord, entry: Entry): void {
    const held = this.#written.has(record.id) ? [] : [holdLine(record)];
    const charged = held.length === 0 && isWithinHold(entry); // in full, where a power cut takes this back
    this.#book([...held, settleLine(entry)], record, entry, charged ? "nextSync" : "now");
  }

  draw(call: OpenRecord, entry: Entry, turn?: OpenRecord): void {
    const isWritten = turn !== undefined && !this.#unsent.has(turn.id);
    const lowered = isWritten ? [holdLine(turn, "grow")] : [];
    if (turn && !isWritten) this.#unsent.set(turn.id, turn);
    this.#book([holdLine(call), settleLine(entry), ...lowered], call, entry, "now");
  }

  release(id: string): void {
    this.#unsent.delete(id);
    if (this.#written.delete(id)) this.#journal.record([{ kind: "release", request: id, body: null }], "now");
  }

  outputs(): OutputHistories {
    this.#caughtUp();
    const rows = this.#db.all("SELECT key, body FROM output_history ORDER BY rowid");
    return new Map(rows.map((row) => [row.key as string, JSON.parse(row.body as string) as OutputHistory]));
  }

  learn(outputs: Observed): void {
    this.#journal.learn(outputs);
  }

  entry(id: string): Entry | undefined {
    const row = this.#db.get("SELECT body FROM entry WHERE id = ?", id);
    return row ? readEntry(row) : this.#journal.settled(id);
  }

  entriesSince(account: string, at: string): Entry[] {
    const late = this.#lateOf(account).filter(({ entry }) => entry.at >= at);
    const written = this.#db.all("SELECT body FROM entry WHERE account = ? AND at >= ? ORDER BY at", account, at).map(readEntry);
    return [...written, ...late.map(({ entry }) => entry)];
  }

  entriesAfter(account: string | undefined, mark: number, since: string, limit: number) {
    const whose = account === undefined ? "" : "AND account = ?";
    const own = account === undefined ? [] : [account];
    this.#caughtUp();
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
    const late = this.#lateOf(account).filter((one) => one.advance === advance);
    const rows = this.#db.all(
      "SELECT body FROM entry INDEXED BY entry_undelivered WHERE account = ? AND advance = ? AND delivered = 0 ORDER BY rowid LIMIT ?",
      ...[account, advance, limit],
    );
    // Nobody is told what is not written yet.
    return [...rows.map(readEntry), ...(limit < 0 ? late.map(({ entry }) => entry) : [])];
  }

  exchanged(account: string, advance: StoredAdvance, finished: boolean, delivered: readonly string[]): void {
    this.#counted = undefined;
    this.#db.record(() => {
      this.#journal.follow();
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
    const surrender: Line = { kind: "surrender", request: from, body: JSON.stringify({ to, charged: formatAmount(charged) }) };
    const rebooks = entries.map((entry) => rebookLine(entry, to));
    this.#db.record(() => {
      this.#journal.follow();
      this.#journal.writeTabled([surrender, ...rebooks]);
      for (const entry of entries) rewriteEntry(this.#db, account, { entry, advance: to ?? "" });
      for (const one of changed) writeAdvance(this.#db, account, one.advance, one.finished);
    });
  }

  pending(account: string): { entries: number; uncertain: number } {
    if (this.#counted === account) return this.#pending;
    try {
      const late = this.#lateOf(account).filter(({ advance }) => advance !== "");
      // Left to itself SQLite takes the index by account and time, and reads all entries that there ever were.
      const row = this.#db.get(
        `SELECT COUNT(*) AS entries, COALESCE(SUM(usage_source = 'uncertain'), 0) AS uncertain
         FROM entry INDEXED BY entry_undelivered WHERE account = ? AND delivered = 0`,
        account,
      );
      const uncertain = late.filter(({ entry }) => entry.usageSource === "uncertain").length;
      this.#pending = { entries: Number(row?.entries) + late.length, uncertain: Number(row?.uncertain) + uncertain };
      if (!this.#db.isBehind) this.#counted = account;
    } catch {
      // Shown all the time: what was last known, until the ledger is mended.
    }
    return this.#pending;
  }

  verify(): Verification {
    this.#journal.catchUp();
    return verifyLedger(this.#db);
  }

  tidy(): void {
    try {
      this.#journal.catchUp();
      if (this.#db.isBehind || this.#db.isUnsynced || this.#db.warning !== undefined)
        this.saveSnapshot("", "written", this.#wall());
      this.#retention.step(this.#wall());
    } catch {
      // The warning says why.
    }
  }

  /** Writes the lines of an entry. @throws Error where they are kept in memory for now, or the request was settled before */
  #book(lines: readonly Line[], { id, account, holds }: OpenRecord, { usageSource }: Entry, until: Until): void {
    // Nothing is held under the id of an entry, so what is held has none.
    if (!this.#written.delete(id) && this.entry(id)) throw new Error(`request ${id} was settled before`);
    this.#unsent.delete(id);
    const counted = this.#counted;
    this.#counted = undefined;
    this.#journal.record(lines, until);
    this.#counted = counted;
    if (counted !== account || (holds[0]?.advance ?? "") === "") return;
    const { entries, uncertain } = this.#pending;
    this.#pending = { entries: entries + 1, uncertain: uncertain + (usageSource === "uncertain" ? 1 : 0) };
  }

  /** The entries of an account that have happened and cannot be brought into their table. */
  #lateOf(account: string): ReplayedEntry[] {
    const entries = [...(this.#caughtUp()?.entries.values() ?? [])];
    return entries.filter(({ record }) => record?.account === account);
  }

  /** Brings the tables up, and answers what cannot be brought into them; undefined where they have all. */
  #caughtUp(): Replay | undefined {
    try {
      this.#journal.catchUp();
    } catch {
      // The warning says why.
    }
    return this.#journal.ahead;
  }
}

/** Whether its hold, charged in full, would cover it. */
function isWithinHold({ cost, tokens, held }: Entry): boolean {
  return parseAmount(cost) <= parseAmount(held.usd) && parseAmount(tokens) <= parseAmount(held.tokens);
}
