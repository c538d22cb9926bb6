import type { OutputHistory } from "../../budget/estimate/outputHistory.ts";
import type { Observed } from "../../budget/estimate/outputNorms.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { LedgerDatabase, Until } from "./database.ts";
import { isOfTheDisk } from "./faults.ts";
import type { Replay } from "./replay.ts";
import { type Line, writeLine } from "./rows.ts";
import { linesAhead, markTabled, replayOn, tabulate } from "./tables.ts";

/** So long (ms) the tables may stay behind: long enough that many lines share a transaction. */
const LAG = 100;
/** And by so many lines: to bring in more at once would take the daemon some milliseconds. */
const MOST_AHEAD = 100;

/**
 * The ledger's journal, and the tables that are made of it. A line is written at once, and alone: that is all that a request waits for. The
 * tables follow, many lines in one transaction, and before anybody reads or writes them. Where the process is killed in between, its
 * successor makes them of the lines.
 */
export class Journal {
  readonly #db: LedgerDatabase;
  readonly #wall: () => number;
  /** How many lines were written and are not in the tables. */
  #ahead = 0;
  /** Of the transaction that is under way: lines written in it that it does not bring into the tables, and whether it brought in those before. */
  #written = 0;
  #followed = false;
  /** Lines that could not be written yet. */
  readonly #unwritten: Line[] = [];
  /** Entries that are not in their table, by id, as JSON. */
  readonly #settled = new Map<string, string>();
  /** Histories of output lengths that are not in their table, by key, what was changed last at the end; undefined: forgotten. */
  readonly #outputs = new Map<string, OutputHistory | undefined>();
  #soon: NodeJS.Timeout | undefined;

  /** @param wall epoch ms. @throws Error when the tables cannot be brought up to the lines that a killed process left */
  constructor(db: LedgerDatabase, wall: () => number) {
    this.#db = db;
    this.#wall = wall;
    db.onEnd = (committed) => this.#ended(committed);
    this.#bringUp();
  }

  close(): void {
    clearTimeout(this.#soon);
  }

  /** Writes lines that ask for leave. @throws Error when they cannot be written, and have not happened */
  ask(lines: readonly Line[]): void {
    this.#db.transaction(() => this.#write(lines));
    this.#catchUpSoon();
  }

  /** Writes lines of what has happened. @throws Error where they are kept in memory for now, and written before anything else */
  record(lines: readonly Line[], until: Until): void {
    try {
      this.#db.record(() => this.#write(lines), { until });
    } catch (error) {
      if (!isOfTheDisk(error)) throw error;
      this.#unwritten.push(...lines);
      this.#noteSettled(lines);
      throw error;
    }
    this.#noteSettled(lines);
    this.#catchUpSoon();
  }

  /** Writes lines of what is in the tables. To be called inside a transaction that has followed and sees to that. */
  writeTabled(lines: readonly Line[]): void {
    this.#write(lines);
    this.#written -= lines.length;
    markTabled(this.#db);
  }

  /** Histories of output lengths to be written with the tables. */
  learn({ changed, forgotten }: Observed): void {
    for (const [key, history] of [...forgotten.map((key) => [key, undefined] as const), ...changed]) {
      this.#outputs.delete(key);
      this.#outputs.set(key, history);
    }
    this.#catchUpSoon();
  }

  /** What the tables do not have; undefined where they have all. */
  get ahead(): Replay | undefined {
    return this.#isAhead ? replayOn(this.#db, [...linesAhead(this.#db), ...this.#unwritten]) : undefined;
  }

  /** The entry of a request that the tables do not have. */
  settled(id: string): Entry | undefined {
    const text = this.#settled.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as Entry);
  }

  /** Brings the tables up to the lines. @throws Error when it cannot be written */
  catchUp(): void {
    if (this.#isAhead || this.#outputs.size > 0) this.#bringUp();
  }

  /** The same, to be called inside a transaction that reads or writes the tables: up to the lines that are written by then. */
  follow(): void {
    tabulate(this.#db, linesAhead(this.#db));
    this.#followed = true;
    this.#written = 0;
    for (const [key, history] of this.#outputs) {
      this.#db.run("DELETE FROM output_history WHERE key = ?", key);
      if (history) this.#db.run("INSERT INTO output_history (key, body) VALUES (?, ?)", key, JSON.stringify(history));
    }
  }

  #bringUp(): void {
    this.#db.transaction(() => this.follow(), { until: "nextSync" });
  }

  get #isAhead(): boolean {
    return this.#ahead > 0 || this.#unwritten.length > 0;
  }

  #write(lines: readonly Line[]): void {
    const at = new Date(this.#wall()).toISOString();
    for (const line of lines) writeLine(this.#db, line, at);
    this.#written += lines.length;
  }

  #noteSettled(lines: readonly Line[]): void {
    for (const { kind, request, body } of lines) if (kind === "settle") this.#settled.set(request, body!);
  }

  #catchUpSoon(): void {
    if (this.#ahead < MOST_AHEAD) this.#soon ??= setTimeout(() => this.#tryToCatchUp(), LAG).unref();
    else this.#tryToCatchUp();
  }

  #tryToCatchUp(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    try {
      this.catchUp();
    } catch {
      // The warning says why; it is tried again before anything else.
    }
  }

  #ended(committed: boolean): void {
    if (committed) {
      this.#unwritten.length = 0; // what could not be written comes before all else
      this.#ahead = this.#written + (this.#followed ? 0 : this.#ahead);
      if (this.#followed) this.#outputs.clear();
      if (this.#ahead === 0) this.#settled.clear();
    }
    this.#written = 0;
    this.#followed = false;
  }
}
