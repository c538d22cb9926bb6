import type { OutputHistory } from "../../budget/estimate/outputHistory.ts";
import type { Observed } from "../../budget/estimate/outputNorms.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { LedgerDatabase, Until } from "./database.ts";
import { isOfTheDisk } from "./faults.ts";
import type { Replay } from "./replay.ts";
import { type Line, writeLine } from "./rows.ts";
import { linesAhead, replayOn, tabulate } from "./tables.ts";

/** So long (ms) the tables may stay behind: long enough that many lines share a transaction. */
const LAG = 100;

/**
 * The ledger's journal, and the tables that are made of it. A line is written at once, and alone: that is all that a request waits for. The
 * tables follow, many lines in one transaction, and before anybody reads or writes them. Where the process is killed in between, its
 * successor makes them of the lines.
 */
export class Journal {
  readonly #db: LedgerDatabase;
  readonly #wall: () => number;
  /** Written, or to be written before anything else, and not in the tables. */
  #ahead: Line[];
  /** The entries among them, by id, as JSON. */
  readonly #settled = new Map<string, string>();
  /** How many of them the transaction that is under way brings into the tables; undefined where it brings nothing. */
  #taken: number | undefined;
  /** Histories of output lengths that are not in their table, by key, what was changed last at the end; undefined: forgotten. */
  #outputs = new Map<string, OutputHistory | undefined>();
  #soon: NodeJS.Timeout | undefined;

  /** @param wall epoch ms. @throws Error when the tables cannot be brought up to the lines that a killed process left */
  constructor(db: LedgerDatabase, wall: () => number) {
    this.#db = db;
    this.#wall = wall;
    this.#ahead = linesAhead(db);
    db.onEnd = (committed) => this.#ended(committed);
    this.catchUp();
  }

  close(): void {
    clearTimeout(this.#soon);
  }

  /** Writes lines that ask for leave. @throws Error when they cannot be written, and have not happened */
  ask(lines: readonly Line[]): void {
    this.#db.transaction(() => this.write(lines));
    this.#isAhead(lines);
  }

  /** Writes lines of what has happened. @throws Error where they are kept in memory for now, and written before anything else */
  record(lines: readonly Line[], until: Until): void {
    try {
      this.#db.record(() => this.write(lines), { until });
    } catch (error) {
      if (isOfTheDisk(error)) this.#isAhead(lines);
      throw error;
    }
    this.#isAhead(lines);
  }

  /** To be called inside a transaction. */
  write(lines: readonly Line[]): void {
    const at = new Date(this.#wall()).toISOString();
    for (const line of lines) writeLine(this.#db, line, at);
  }

  /** Histories of output lengths to be written with the tables. */
  learn({ changed, forgotten }: Observed): void {
    for (const [key, history] of [...forgotten.map((key) => [key, undefined] as const), ...changed]) {
      this.#outputs.delete(key);
      this.#outputs.set(key, history);
    }
    this.#catchUpSoon();
  }

  /** The lines that the tables do not have, as what they say; undefined where there are none. */
  get ahead(): Replay | undefined {
    return this.#ahead.length > 0 ? replayOn(this.#db, this.#ahead) : undefined;
  }

  /** The entry of a request that the tables do not have. */
  settled(id: string): Entry | undefined {
    const text = this.#settled.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as Entry);
  }

  /** Brings the tables up to the lines. @throws Error when it cannot be written */
  catchUp(): void {
    if (this.#ahead.length > 0 || this.#outputs.size > 0) this.#db.transaction(() => this.follow(), { until: "nextSync" });
  }

  /** The same, to be called inside a transaction that reads or writes the tables. */
  follow(): void {
    const lines = this.#ahead.slice(this.#taken ?? 0);
    if (lines.length > 0) tabulate(this.#db, lines);
    this.#taken = this.#ahead.length;
    for (const [key, history] of this.#outputs) {
      this.#db.run("DELETE FROM output_history WHERE key = ?", key);
      if (history) this.#db.run("INSERT INTO output_history (key, body) VALUES (?, ?)", key, JSON.stringify(history));
    }
  }

  #isAhead(lines: readonly Line[]): void {
    this.#ahead.push(...lines);
    for (const { kind, request, body } of lines) if (kind === "settle") this.#settled.set(request, body!);
    this.#catchUpSoon();
  }

  #catchUpSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      try {
        this.catchUp();
      } catch {
        // The warning says why; it is tried again before anything else.
      }
    }, LAG).unref();
  }

  #ended(committed: boolean): void {
    if (committed && this.#taken !== undefined) {
      for (const { request } of this.#ahead.splice(0, this.#taken)) this.#settled.delete(request);
      this.#outputs.clear();
    }
    this.#taken = undefined;
  }
}
