import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { formatAmount, parseAmount, type Unit } from "../../budget/money.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { OpenRecord, PendingEntry, StoredAdvance } from "./records.ts";
import { migrate } from "./schema.ts";

/**
 * The machine's ledger: an append-only journal of holds, sends, settles and releases, the entries made of them, and what the
 * endpoint last said, so that a restart loses nothing. Every method that returns has written durably; each is one transaction.
 */
export class Ledger {
  /** What is wrong with it, for people; undefined when all is well. */
  readonly warning: string | undefined;
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync, warning: string | undefined) {
    this.#database = database;
    this.warning = warning;
    migrate(database);
  }

  /**
   * Opens `ledger.sqlite` in the state directory. Where that cannot be (a read-only disk), works in memory and says so.
   * @throws when the runtime has no node:sqlite, with what to do
   */
  static async open(stateDirectory: string): Promise<Ledger> {
    const { DatabaseSync } = await import("node:sqlite").catch(() => {
      throw new Error(
        "This runtime has no node:sqlite. Token Budget's ledger needs Node 22.13 or newer (VS Code 1.100 or newer).",
      );
    });
    const file = join(stateDirectory, "ledger.sqlite");
    try {
      mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
      const database = new DatabaseSync(file);
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
      const ledger = new Ledger(database, undefined);
      chmodSync(file, 0o600);
      return ledger;
    } catch (error) {
      const reason = `The ledger ${file} cannot be used (${(error as Error).message}). Spend is kept in memory until this is mended.`;
      return new Ledger(new DatabaseSync(":memory:"), reason);
    }
  }

  close(): void {
    this.#database.close();
  }

  // What the endpoint last said.

  /** The last good answer of this name for an account. */
  snapshot(account: string, name: string): unknown {
    const row = this.#get("SELECT body FROM snapshot WHERE account = ? AND name = ?", account, name);
    return row && JSON.parse(row.body as string);
  }

  saveSnapshot(account: string, name: string, body: unknown): void {
    this.#run("INSERT OR REPLACE INTO snapshot (account, name, body) VALUES (?, ?, ?)", account, name, JSON.stringify(body));
  }

  // Advances.

  /** The advances that are not finished. */
  advances(account: string): StoredAdvance[] {
    return this.#all("SELECT * FROM advance WHERE account = ? AND finished = 0 ORDER BY rowid", account).map((row) => ({
      id: row.id as string,
      remote: (row.remote as string | null) ?? undefined,
      machine: row.machine as string,
      unit: row.unit as Unit,
      keys: JSON.parse(row.keys as string) as string[],
      granted: parseAmount(row.granted as string),
      spent: parseAmount(row.spent as string),
      returned: parseAmount(row.returned as string),
      seq: row.seq as number,
    }));
  }

  saveAdvance(account: string, advance: StoredAdvance, finished = false): void {
    this.#transaction(() => this.#writeAdvance(account, advance, finished));
  }

  // Requests.

  /** The requests that were open when the ledger was last used. */
  openRequests(): OpenRecord[] {
    return this.#all("SELECT body, sent FROM request ORDER BY rowid").map((row) => ({
      ...(JSON.parse(row.body as string) as OpenRecord),
      sent: row.sent === 1,
    }));
  }

  /** Journals a hold, with the advances it lies in. Also when it has grown. */
  hold(record: OpenRecord, kind: "hold" | "grow" = "hold"): void {
    this.#transaction(() => {
      this.#journal(kind, record.id, record);
      this.#run(
        "INSERT OR REPLACE INTO request (id, body, sent) VALUES (?, ?, ?)",
        record.id,
        JSON.stringify(record),
        record.sent ? 1 : 0,
      );
    });
  }

  /** Journals that the request's first byte is about to leave. */
  sent(id: string): void {
    this.#transaction(() => {
      this.#journal("sent", id, null);
      this.#run("UPDATE request SET sent = 1 WHERE id = ?", id);
    });
  }

  /** Replaces a hold by its entry. */
  settle(record: OpenRecord, pending: PendingEntry, advances: StoredAdvance[]): void {
    this.#transaction(() => {
      this.#journal("settle", record.id, pending.entry);
      const { id, usageSource } = pending.entry;
      // An account-less entry has nobody to be delivered to.
      const delivered = pending.advance === "" ? 1 : 0;
      this.#run(
        "INSERT INTO entry (id, account, advance, usage_source, delivered, body) VALUES (?, ?, ?, ?, ?, ?)",
        ...[id, record.account, pending.advance, usageSource, delivered, JSON.stringify(pending.entry)],
      );
      this.#run("DELETE FROM request WHERE id = ?", record.id);
      for (const advance of advances) this.#writeAdvance(record.account, advance, false);
    });
  }

  /** Journals that a request never left. */
  release(id: string): void {
    this.#transaction(() => {
      this.#journal("release", id, null);
      this.#run("DELETE FROM request WHERE id = ?", id);
    });
  }

  // Delivery.

  /** Entries of an advance that are not acknowledged, oldest first, at most `limit` (-1: all). */
  undelivered(account: string, advance: string, limit: number): Entry[] {
    const rows = this.#all(
      "SELECT body FROM entry WHERE account = ? AND advance = ? AND delivered = 0 ORDER BY rowid LIMIT ?",
      ...[account, advance, limit],
    );
    return rows.map((row) => JSON.parse(row.body as string) as Entry);
  }

  /** Hands entries to another advance, or to none (then they stay here), with the figures that follow from it. */
  rebook(
    account: string,
    entries: readonly Entry[],
    advance: string | undefined,
    changed: readonly { advance: StoredAdvance; finished: boolean }[],
  ): void {
    this.#transaction(() => {
      for (const entry of entries) {
        this.#journal("rebook", entry.id, { advance, entry });
        this.#run(
          "UPDATE entry SET advance = ?, delivered = ?, body = ? WHERE id = ?",
          ...[advance ?? "", advance === undefined ? 1 : 0, JSON.stringify(entry), entry.id],
        );
      }
      for (const one of changed) this.#writeAdvance(account, one.advance, one.finished);
    });
  }

  markDelivered(ids: readonly string[]): void {
    this.#transaction(() => {
      for (const id of ids) this.#run("UPDATE entry SET delivered = 1 WHERE id = ?", id);
    });
  }

  /** How many entries wait for the endpoint, and how many are uncertain. */
  pending(account: string): { entries: number; uncertain: number } {
    const row = this.#get(
      "SELECT COALESCE(SUM(delivered = 0), 0) AS entries, COALESCE(SUM(usage_source = 'uncertain' AND delivered = 0), 0) AS uncertain FROM entry WHERE account = ?",
      account,
    );
    return { entries: Number(row?.entries ?? 0), uncertain: Number(row?.uncertain ?? 0) };
  }

  #writeAdvance(account: string, advance: StoredAdvance, finished: boolean): void {
    const { id, remote, machine, unit, keys, granted, spent, returned, seq } = advance;
    const figures = [granted, spent, returned].map(formatAmount);
    this.#run(
      `INSERT INTO advance (id, remote, account, machine, unit, keys, granted, spent, returned, seq, finished) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET remote = excluded.remote, granted = excluded.granted, spent = excluded.spent, returned = excluded.returned,
         seq = excluded.seq, finished = excluded.finished`,
      ...[id, remote ?? null, account, machine, unit, JSON.stringify(keys), ...figures, seq, finished ? 1 : 0],
    );
  }

  #journal(kind: string, request: string, body: unknown): void {
    this.#run(
      "INSERT INTO journal (at, kind, request, body) VALUES (?, ?, ?, ?)",
      ...[new Date().toISOString(), kind, request, body === null ? null : JSON.stringify(body)],
    );
  }

  #transaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #get(sql: string, ...values: SQLInputValue[]) {
    return this.#database.prepare(sql).get(...values);
  }

  #all(sql: string, ...values: SQLInputValue[]) {
    return this.#database.prepare(sql).all(...values);
  }
}
