import type { Advance, AdvanceState, Pool } from "../../budget/advance/endpoint.ts";
import { covers, shareOf } from "../../budget/advance/subRows.ts";
import type { Nano, Unit } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";
import { type AllowanceRow, type ChangedRow, ceilingOf, lockRows, readRows, writeRows } from "./allowanceRows.ts";
import { lockSubRows, split } from "./subRows.ts";

/** What the endpoint knows of one advance, beside its figures. */
export interface AdvanceRow {
  id: string;
  person: string;
  machine: string;
  unit: Unit;
  /** Under which rules it was opened. */
  rules: string;
  /** The allowances it draws on: a developer's in the order of their keys, then the team's. */
  keys: string[];
  advance: Advance;
  /** When it may no longer be used, if its machine says nothing (epoch ms). */
  deadline: number;
}

/**
 * The rows that a transaction has locked: read once, changed in memory, written once. Whoever locks takes the team first
 * (`findTeam`), then advances in the order of their ids, then allowances, the team's last, because everybody wants those, then sub-rows.
 */
export class Book {
  readonly #team: string;
  readonly #advances = new Map<string, { was: AdvanceRow; is: AdvanceRow }>();
  readonly #rows = new Map<string, ChangedRow & { wasSplit?: boolean }>();

  constructor(team: string) {
    this.#team = team;
  }

  async lockAdvances(sql: Sql, ids: readonly string[]): Promise<void> {
    const rows = await sql.query<AdvanceColumns>(
      `select advance.*, array(
         select key from advance_allowance join allowance using (key) where advance = advance.id order by subject = team, key
       ) as keys
       from advance where id = any($1::text[]) and team = $2 order by id for update of advance`,
      [ids, this.#team],
    );
    for (const row of rows) this.#advances.set(row.id, { was: advanceOf(row), is: advanceOf(row) });
  }

  /** Keys of other teams' rows are left out, and those of people who are not named, if any are. Rows that were split are whole then. */
  async lockRows(sql: Sql, keys: Iterable<string>, people?: Iterable<string>): Promise<void> {
    for (const { row, wasSplit } of await lockRows(sql, this.#team, keys, people))
      this.#rows.set(row.key, { was: row, is: row, wasSplit });
  }

  /** Locks a sub-row of each of the team's rows, instead of the row. Answers which of them has none to spare, or is not split any more. */
  async lockSubRows(sql: Sql, keys: readonly string[]): Promise<string[]> {
    const subRows = await lockSubRows(sql, keys);
    for (const [key, row] of await readRows(sql, [...subRows.keys()]))
      this.#rows.set(key, { was: row, is: row, sub: subRows.get(key) });
    return keys.filter((key) => !subRows.has(key));
  }

  advance(id: string): AdvanceRow | undefined {
    return this.#advances.get(id)?.is;
  }

  row(key: string): AllowanceRow | undefined {
    return this.#rows.get(key)?.is;
  }

  /** The pools that an advance draws on at an instant (epoch ms), in the order of its keys. */
  poolsOf({ keys }: AdvanceRow, now: number): Pool[] {
    return keys.map((key) => poolOf(this.row(key)!, now));
  }

  setAdvance(id: string, change: Pick<AdvanceRow, "advance" | "deadline">): void {
    const entry = this.#advances.get(id)!;
    entry.is = { ...entry.is, ...change };
  }

  setPools(pools: readonly Pool[]): void {
    for (const { key, spend, held } of pools) this.#change(key, { spend, held });
  }

  addSpend(key: string, amount: Nano): void {
    this.#change(key, { spend: this.row(key)!.spend + amount });
  }

  addOvershoot(key: string, amount: Nano): void {
    this.#change(key, { overshoot: this.row(key)!.overshoot + amount });
  }

  /** A row repays more, or less, for the period before it. */
  addDebt(key: string, carries: string, amount: Nano): void {
    const { spend, debt } = this.row(key)!;
    this.#change(key, { spend: spend + amount, debt: debt + amount, carries });
  }

  /** Rows whose spend has changed: the earliest first. */
  withOtherSpend(): { was: AllowanceRow; is: AllowanceRow }[] {
    return [...this.#rows.values()]
      .filter(({ was, is }) => was.spend !== is.spend)
      .sort((a, b) => a.is.periodEnd - b.is.periodEnd);
  }

  #change(key: string, change: Partial<AllowanceRow>): void {
    const entry = this.#rows.get(key)!;
    entry.is = { ...entry.is, ...change };
  }

  /** Writes what has changed; `now` is when the advances' machines were heard. */
  async write(sql: Sql, now: number): Promise<void> {
    const advances = [...this.#advances.values()].filter(({ was, is }) => was !== is).map(({ is }) => is);
    if (advances.length > 0) await writeAdvances(sql, advances, now);
    await writeRows(sql, [...this.#rows.values()]);
  }

  /** Whether every sub-row covers what was made of its row. None does where debts are carried, which follow from the whole's exact figures. */
  subRowsCover(now: number): boolean {
    return [...this.#rows.values()].every(
      ({ was, is, sub }) =>
        !sub || (covers(sub.left, poolOf(was, now), poolOf(is, now)) && now < is.periodEnd && is.debt === was.debt),
    );
  }

  /**
   * Splits those of the team's rows that were split before, or all of them, after they were written. Answers, for each of the team's rows
   * that is locked whole, whether it is split now. (No grant raises a team's row, so shares end with nothing but its period.)
   */
  async split(sql: Sql, all: boolean, now: number): Promise<Map<string, boolean>> {
    const whole = [...this.#rows.values()].filter(({ is, sub }) => is.subject === this.#team && !sub);
    const rows = whole
      .filter(({ is, wasSplit }) => (all || wasSplit) && now < is.periodEnd)
      .map(({ is }) => ({ key: is.key, share: shareOf(poolOf(is, now)) }))
      .filter(({ share }) => share > 0n);
    if (rows.length > 0) await split(sql, rows);
    return new Map(whole.map(({ is: { key } }) => [key, rows.some((row) => row.key === key)]));
  }
}

function poolOf(row: AllowanceRow, now: number): Pool {
  return { key: row.key, limit: ceilingOf(row, now), spend: row.spend, held: row.held };
}

interface AdvanceColumns {
  id: string;
  person: string;
  machine: string;
  unit: Unit;
  rules: string;
  keys: string[];
  granted: string;
  spent: string;
  returned: string;
  open: string;
  seq: number;
  state: AdvanceState;
  deadline: Date;
}

function advanceOf({ granted, spent, returned, open, seq, state, deadline, ...row }: AdvanceColumns): AdvanceRow {
  const figures = { granted: BigInt(granted), spent: BigInt(spent), returned: BigInt(returned), open: BigInt(open) };
  const { id, person, machine, unit, rules, keys } = row;
  return { id, person, machine, unit, rules, keys, advance: { ...figures, seq, state }, deadline: deadline.getTime() };
}

async function writeAdvances(sql: Sql, rows: readonly AdvanceRow[], now: number): Promise<void> {
  const amounts = (["granted", "spent", "returned", "open"] as const).map((name) =>
    rows.map(({ advance }) => advance[name].toString()),
  );
  await sql.query(
    `update advance set granted = r.granted, spent = r.spent, returned = r.returned, open = r.open, seq = r.seq, state = r.state,
       deadline = r.deadline, last_seen = $9
     from unnest($1::text[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::bigint[], $7::text[], $8::timestamptz[])
       as r(id, granted, spent, returned, open, seq, state, deadline)
     where advance.id = r.id`,
    [
      rows.map(({ id }) => id),
      ...amounts,
      rows.map(({ advance }) => advance.seq),
      rows.map(({ advance }) => advance.state),
      rows.map(({ deadline }) => new Date(deadline).toISOString()),
      new Date(now),
    ],
  );
}
