import { chmodSync } from "node:fs";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { backUp } from "./backup.ts";
import { DamagedError, isDamage, isOfTheDisk } from "./faults.ts";
import { migrate } from "./schema.ts";
import { addSumFunction, SUMMED } from "./sum.ts";

export type Sqlite = typeof import("node:sqlite");
export type Row = Record<string, unknown>;

/**
 * Opens a ledger's file and brings it to the newest version. Answers whether it was another before.
 * @throws Error when it cannot be used; `isDamage` tells whether it is broken
 */
export function openDatabase(file: string, { DatabaseSync }: Sqlite): { database: DatabaseSync; migrated: boolean } {
  const database = new DatabaseSync(file);
  try {
    addSumFunction(database);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
    const migrated = migrate(database, (version) => backUp(database, file, version));
    chmodSync(file, 0o600); // SQLite gives the files beside it the same mode
    database.exec("UPDATE retention SET journal_before = journal_before"); // whether it can be written
    return { database, migrated };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reads all of a ledger. @throws DamagedError, or SQLite's own, where it is not what was written */
export function checkIntact(database: DatabaseSync): void {
  const found = database.prepare("PRAGMA integrity_check(1)").get()?.integrity_check;
  if (found !== "ok") throw new DamagedError(String(found).split("\n").at(-1));
  for (const [table, columns] of Object.entries(SUMMED)) {
    const changed = database.prepare(`SELECT 1 FROM ${table} WHERE sum <> row_sum(${columns.join(", ")}) LIMIT 1`).get();
    if (changed) throw new DamagedError(`a row of ${table} is not what was written`);
  }
}

/**
 * When something is safe from a power cut. `nextSync`: it outlives this process at once, and a power cut once anything else has been written
 * durably (SQLite syncs all of its log then); for what may be undone by a power cut without money being lost.
 */
export type Until = "now" | "nextSync";

/** Something that has happened and could not be written yet. */
interface Fact {
  write: () => void;
}

/**
 * A ledger's database while the daemon runs. What asks for leave is written or refused; what has happened is written now, or as soon as
 * that is possible again and before anything else.
 */
export class LedgerDatabase {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  readonly #facts: Fact[] = [];
  #unsynced = false;
  readonly #damaged = Promise.withResolvers<void>();
  #warning: string | undefined;
  /** Called when `warning` has changed. */
  onWarning: () => void = () => {};
  /** Called when a transaction has ended. */
  onEnd: (committed: boolean) => void = () => {};
  #isDurable = true;

  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /** Why nothing can be written at the moment, for people. */
  get warning(): string | undefined {
    return this.#warning;
  }

  /** Resolves when the file turns out to be broken: it is mended when it is opened anew. */
  get damaged(): Promise<void> {
    return this.#damaged.promise;
  }

  close(): void {
    try {
      if (this.#facts.length > 0) this.transaction(() => {});
    } catch {
      // The warning says why. The next run finds these requests open, and charges what was sent as uncertain.
    } finally {
      this.#statements.clear();
      this.#database.close();
    }
  }

  /** Does all of `work`, or nothing of it. @throws Error when it cannot be written */
  transaction(work: () => void, { until = "now" }: { until?: Until } = {}): void {
    const durably = until === "now" || this.isBehind;
    try {
      if (durably !== this.#isDurable) this.#database.exec(`PRAGMA synchronous = ${durably ? "FULL" : "NORMAL"}`);
      this.#isDurable = durably;
      this.run("BEGIN IMMEDIATE");
      for (const { write } of this.#facts) write();
      work();
      this.run("COMMIT");
    } catch (error) {
      this.#rollBack();
      this.onEnd(false);
      if (isOfTheDisk(error)) this.#warn(error);
      throw error;
    }
    this.#facts.length = 0;
    this.#unsynced = !durably;
    this.onEnd(true);
    this.#setWarning(undefined);
  }

  /** Writes what has happened. @throws Error when it cannot be written now; then it is kept in memory, and written before anything else */
  record(write: () => void, options?: { until?: Until }): void {
    const fact = { write };
    try {
      this.transaction(write, options);
    } catch (error) {
      if (isOfTheDisk(error)) this.#facts.push(fact);
      throw error;
    }
  }

  /** Whether something that has happened is still unwritten. */
  get isBehind(): boolean {
    return this.#facts.length > 0;
  }

  /** Whether a power cut could still undo something that was written. */
  get isUnsynced(): boolean {
    return this.#unsynced;
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#statement(sql).run(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#reading(() => this.#statement(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#reading(() => this.#statement(sql).all(...values));
  }

  each(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values);
  }

  /** Reads with what needs the database itself. */
  read<R>(look: (database: DatabaseSync) => R): R {
    return this.#reading(() => look(this.#database));
  }

  #reading<R>(read: () => R): R {
    try {
      return read();
    } catch (error) {
      if (isDamage(error)) this.#warn(error);
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has done so itself, as it does when the disk is full.
    }
  }

  #warn(error: unknown): void {
    const reason = (error as Error).message;
    if (isDamage(error)) {
      this.#setWarning(`The ledger ${this.#file} is damaged: ${reason}. It is mended at the daemon's next start.`);
      this.#damaged.resolve();
    } else
      this.#setWarning(
        `The ledger ${this.#file} cannot be written: ${reason}. Until it can, nothing that would have to be held is sent through Token Budget.`,
      );
  }

  #setWarning(warning: string | undefined): void {
    if (this.#warning === warning) return;
    this.#warning = warning;
    this.onWarning();
  }
}
