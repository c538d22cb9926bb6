import { chmodSync } from "node:fs";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { formatAmount, parseAmount, type Unit } from "../../budget/money.ts";
import type { OutputHistory } from "../../budget/outputHistory.ts";
import type { Observed, OutputHistories } from "../../budget/outputNorms.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Ledger } from "./ledger.ts";
import type { LocalEntry, OpenRecord, PendingEntry, StoredAdvance } from "./records.ts";
import { migrate } from "./schema.ts";

/**
 * The ledger in SQLite: an append-only journal of holds, sends, settles and releases, the entries made of them, and what the
 * endpoint last said. Every method that returns has written durably; each is one transaction.
 */
export class SqliteLedger implements Ledger {
  readonly warning = undefined;
  readonly #database: DatabaseSync;

  /** Opens, or creates, the ledger `file`. @throws Error when it cannot be used */
  constructor(file: string, { DatabaseSync }: typeof import("node:sqlite")) {
    this.#database = new DatabaseSync(file);
    try {
      this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
      migrate(this.#database);
      chmodSync(file, 0o600); // SQLite gives the files beside it the same mode
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  // What the endpoint last said.

  snapshot(account: string, name: string): unknown {
    const row = this.#get("SELECT body FROM snapshot WHERE account = ? AND name = ?", account, name);
    return row && JSON.parse(row.body as string);
  }

  saveSnapshot(account: string, name: string, body: unknown): void {
    this.#run("INSERT OR REPLACE INTO snapshot (account, name, body) VALUES (?, ?, ?)", account, name, JSON.stringify(body));
  }

  // Advances.

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

  openRequests(): OpenRecord[] {
    return this.#all("SELECT body, sent FROM request ORDER BY rowid").map((row) => ({
      ...(JSON.parse(row.body as string) as OpenRecord),
      sent: row.sent === 1,
    }));
  }

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

  sent(id: string): void {
    this.#transaction(() => {
      this.#journal("sent", id, null);
      this.#run("UPDATE request SET sent = 1 WHERE id = ?", id);
    });
  }

  settle(record: OpenRecord, pending: PendingEntry, advances: readonly StoredAdvance[], outputs?: Observed): void {
    this.#transaction(() => {
      this.#journal("settle", record.id, pending.entry);
      const { id, at, usageSource } = pending.entry;
      // An account-less entry has nobody to be delivered to.
      const delivered = pending.advance === "" ? 1 : 0;
      this.#run(
        `INSERT INTO entry (id, account, at, advance, usage_source, delivered, body, workspace, covered)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, record.account, at, pending.advance, usageSource, delivered, JSON.stringify(pending.entry)],
        ...[record.workspace ?? null, record.price.source === "plan" ? 1 : 0],
      );
      this.#run("DELETE FROM request WHERE id = ?", record.id);
      for (const advance of advances) this.#writeAdvance(record.account, advance, false);
      if (outputs) this.#writeOutputs(outputs);
    });
  }

  outputs(): OutputHistories {
    const rows = this.#all("SELECT key, body FROM output_history ORDER BY rowid");
    return new Map(rows.map((row) => [row.key as string, JSON.parse(row.body as string) as OutputHistory]));
  }

  release(id: string): void {
    this.#transaction(() => {
      this.#journal("release", id, null);
      this.#run("DELETE FROM request WHERE id = ?", id);
    });
  }

  entry(id: string): Entry | undefined {
    const row = this.#get("SELECT body FROM entry WHERE id = ?", id);
    return row && (JSON.parse(row.body as string) as Entry);
  }

  entriesSince(account: string, at: string): Entry[] {
    const rows = this.#all("SELECT body FROM entry WHERE account = ? AND at >= ? ORDER BY at", account, at);
    return rows.map((row) => JSON.parse(row.body as string) as Entry);
  }

  entriesAfter(account: string | undefined, mark: number, since: string, limit: number) {
    const whose = account === undefined ? "" : "AND account = ?";
    const own = account === undefined ? [] : [account];
    // By the order in which they were written, not by the index of time: that is where the mark is.
    const rows = this.#all(
      `SELECT rowid AS mark, body, workspace, covered FROM entry WHERE rowid > ? AND +at >= ? ${whose} ORDER BY rowid LIMIT ?`,
      ...[mark, since, ...own, limit],
    );
    const entries = rows.map(
      (row): LocalEntry => ({
        entry: JSON.parse(row.body as string) as Entry,
        ...(row.workspace !== null && { workspace: row.workspace as string }),
        covered: row.covered === 1,
      }),
    );
    return { mark: Number(rows.at(-1)?.mark ?? mark), entries };
  }

  // Delivery.

  undelivered(account: string, advance: string, limit: number): Entry[] {
    const rows = this.#all(
      "SELECT body FROM entry WHERE account = ? AND advance = ? AND delivered = 0 ORDER BY rowid LIMIT ?",
      ...[account, advance, limit],
    );
    return rows.map((row) => JSON.parse(row.body as string) as Entry);
  }

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

  /** A replaced row goes to the end. */
  #writeOutputs({ changed, forgotten }: Observed): void {
    for (const key of forgotten) this.#run("DELETE FROM output_history WHERE key = ?", key);
    for (const [key, history] of changed)
      this.#run("INSERT OR REPLACE INTO output_history (key, body) VALUES (?, ?)", key, JSON.stringify(history));
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
