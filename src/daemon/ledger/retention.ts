import type { LedgerDatabase, Row } from "./database.ts";
import type { Journal } from "./journal.ts";
import type { OpenRecord } from "./records.ts";

const DAY = 24 * 3_600_000;
/** Lines of the journal whose request is over and told are kept this long (ms). */
const JOURNAL = 35 * DAY;
/** Entries are kept for a year's history and a month to compare it with (ms). */
const ENTRIES = 396 * DAY;
/** Rows looked at in one transaction: a few milliseconds. */
const AT_ONCE = 300;

/** Forgets what is settled, told and too old, a little at a time. */
export class Retention {
  readonly #db: LedgerDatabase;
  readonly #journal: Pick<Journal, "follow">;
  /** Lines up to this one have been looked at in this sweep. */
  #cursor = 0;
  /** Requests of this sweep whose lines stay. */
  readonly #kept = new Set<string>();
  #nextSweep = 0;

  constructor(db: LedgerDatabase, journal: Pick<Journal, "follow">) {
    this.#db = db;
    this.#journal = journal;
  }

  /** One step of a sweep; sweeps are a day apart. `now`: epoch ms. @throws Error when nothing can be written */
  step(now: number): void {
    if (now < this.#nextSweep && now > this.#nextSweep - DAY) return;
    const newest = this.#db.get("SELECT at FROM journal ORDER BY seq DESC LIMIT 1");
    if (newest === undefined) return;
    // A clock that is far ahead must not make everything old.
    const today = Math.min(now, Date.parse(newest.at as string));
    let more = false;
    this.#db.transaction(() => {
      this.#journal.follow(); // what is forgotten depends on the tables
      more = this.#forgetLines(before(today, JOURNAL));
      more = this.#forgetEntries(before(today, ENTRIES)) || more;
      this.#forgetAdvances();
    });
    if (more) return;
    this.#cursor = 0;
    this.#kept.clear();
    this.#nextSweep = now + DAY;
  }

  #forgetLines(cutoff: string): boolean {
    this.#db.run("UPDATE retention SET journal_before = ? WHERE journal_before < ?", cutoff, cutoff);
    const lines = this.#db.all(
      "SELECT seq, at, kind, request, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
      this.#cursor,
      AT_ONCE,
    );
    const open = new Set(this.#db.all("SELECT id FROM advance WHERE finished = 0").map(({ id }) => id as string));
    for (const line of lines) {
      if ((line.at as string) >= cutoff) return false;
      this.#cursor = line.seq as number;
      if (this.#stays(line, open)) this.#kept.add(line.request as string);
      else this.#db.run("DELETE FROM journal WHERE seq = ?", this.#cursor);
    }
    return lines.length === AT_ONCE;
  }

  /** Whether a request is under way, waits for the endpoint, or explains what an advance that is not finished has spent. */
  #stays({ kind, request, body }: Row, openAdvances: ReadonlySet<string>): boolean {
    const id = request as string;
    if (this.#kept.has(id) || openAdvances.has(id)) return true;
    if (kind === "surrender") return openAdvances.has((JSON.parse(body as string) as { to?: string }).to ?? "");
    if (kind === "hold" || kind === "grow") {
      const { holds } = JSON.parse(body as string) as OpenRecord;
      if (holds.some(({ advance }) => openAdvances.has(advance))) return true;
    }
    const waits = this.#db.get(
      "SELECT 1 FROM request WHERE id = ? UNION ALL SELECT 1 FROM entry WHERE id = ? AND (delivered = 0 OR advance IN (SELECT id FROM advance WHERE finished = 0))",
      ...[id, id],
    );
    return waits !== undefined;
  }

  #forgetEntries(cutoff: string): boolean {
    const oldest = this.#db.all("SELECT rowid AS row, at, delivered FROM entry ORDER BY rowid LIMIT ?", AT_ONCE);
    const over = oldest.filter(({ at, delivered }) => (at as string) < cutoff && delivered === 1);
    for (const { row } of over) this.#db.run("DELETE FROM entry WHERE rowid = ?", row as number);
    return over.length === AT_ONCE;
  }

  #forgetAdvances(): void {
    this.#db.run(
      `DELETE FROM advance WHERE finished = 1
       AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.account = advance.account AND entry.advance = advance.id AND delivered = 0)`,
    );
  }
}

/** The instant `age` before `now`, as the ledger writes instants. */
function before(now: number, age: number): string {
  return new Date(now - age).toISOString();
}
