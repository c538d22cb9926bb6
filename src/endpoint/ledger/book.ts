import type { Advance, AdvanceState, Pool } from "../../budget/advance/endpoint.ts";
import { overdraftOf } from "../../budget/allowance.ts";
import { type Raise, raisedBy } from "../../budget/grant.ts";
import type { Nano, Unit } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";

/** One allowance of one period. Amounts are nano of its unit. */
export interface AllowanceRow {
  key: string;
  rule: string;
  /** The person's id, or the team's. */
  subject: string;
  unit: Unit;
  /** Epoch ms. */
  periodStart: number;
  periodEnd: number;
  /** As the policy says. What counts is `limitOf`. */
  limit: Nano;
  /** What may be used beyond the limit: the next period repays it. */
  overdraft: Nano;
  /** Approved grants of this period, also those that have ended. */
  grants: readonly Raise[];
  spend: Nano;
  held: Nano;
  /** Usage above its holds: the one way in which spend may pass the limit. */
  overshoot: Nano;
  /** Of the spend: what the period before was overdrawn by. */
  debt: Nano;
  /** The key of the period before; null where that was never used. */
  carries: string | null;
}

/** The limit that counts at an instant (epoch ms): the policy's, raised by the grants that are running. */
export function limitOf({ limit, grants }: Pick<AllowanceRow, "limit" | "grants">, now: number): Nano {
  return limit + raisedBy(grants, now);
}

/** Up to where money is handed out at an instant (epoch ms): the limit that counts, and what may be overdrawn. */
export function ceilingOf(row: Pick<AllowanceRow, "limit" | "grants" | "overdraft">, now: number): Nano {
  return limitOf(row, now) + row.overdraft;
}

/** What a period was overdrawn by, once it is over: what was spent under a grant is none of it, though the grant has ended since. */
export function overdraftOfRow({ limit, grants, spend }: Pick<AllowanceRow, "limit" | "grants" | "spend">): Nano {
  return overdraftOf({ limit: limitOf({ limit, grants }, Number.NEGATIVE_INFINITY), spend });
}

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
 * (`findTeam`), then advances in the order of their ids, then allowances, the team's last, because everybody wants those.
 */
export class Book {
  readonly #team: string;
  readonly #advances = new Map<string, { was: AdvanceRow; is: AdvanceRow }>();
  readonly #rows = new Map<string, { was: AllowanceRow; is: AllowanceRow }>();

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

  /** Keys of other teams' rows are left out, and those of people who are not named, if any are. */
  async lockRows(sql: Sql, keys: Iterable<string>, people?: Iterable<string>): Promise<void> {
    const rows = await sql.query<AllowanceColumns>(
      `${ROWS} where team = $1 and key = any($2::text[]) and ($3::text[] is null or subject = any($3) or subject = $1)
       order by subject = $1, key for update`,
      [this.#team, [...new Set(keys)], people ? [...new Set(people)] : null],
    );
    for (const row of rows) this.#rows.set(row.key, { was: rowOf(row), is: rowOf(row) });
  }

  advance(id: string): AdvanceRow | undefined {
    return this.#advances.get(id)?.is;
  }

  row(key: string): AllowanceRow | undefined {
    return this.#rows.get(key)?.is;
  }

  /** The pools that an advance draws on at an instant (epoch ms), in the order of its keys. */
  poolsOf({ keys }: AdvanceRow, now: number): Pool[] {
    return keys.map((key) => {
      const row = this.row(key)!;
      return { key, limit: ceilingOf(row, now), spend: row.spend, held: row.held };
    });
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

  /** Rows of periods that are over, whose spend has changed: the earliest first. */
  changedAfterTheirEnd(now: number): { was: AllowanceRow; is: AllowanceRow }[] {
    return [...this.#rows.values()]
      .filter(({ was, is }) => was.spend !== is.spend && is.periodEnd <= now)
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
    const rows = [...this.#rows.values()].filter(({ was, is }) => FIGURES.some((figure) => was[figure] !== is[figure]));
    if (rows.length > 0) await writeRows(sql, rows);
  }
}

const FIGURES = ["spend", "held", "overshoot", "debt"] as const;

/** Rows of allowances, each with its approved grants. Grants change under the team's lock alone, which whoever locks rows has. */
const ROWS = `select allowance.*, array(
    select amount || ' ' || floor(extract(epoch from until) * 1000) from allowance_grant
    where allowance_grant.key = allowance.key and state = 'approved'
  ) as grants
  from allowance`;

interface AllowanceColumns extends Record<(typeof FIGURES)[number], string> {
  key: string;
  rule: string;
  subject: string;
  unit: Unit;
  period_start: Date;
  period_end: Date;
  limit: string;
  overdraft: string;
  /** Each: the amount, and until when (epoch ms). */
  grants: string[];
  carries: string | null;
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

/** Rows without locks: for who only looks. */
export async function readRows(sql: Sql, keys: readonly string[]): Promise<Map<string, AllowanceRow>> {
  const rows = await sql.query<AllowanceColumns>(`${ROWS} where key = any($1::text[])`, [[...new Set(keys)]]);
  return new Map(rows.map((row) => [row.key, rowOf(row)]));
}

/** The newest row of an allowance before an instant (epoch ms), locked. */
export async function lockRowBefore(
  sql: Sql,
  team: string,
  { rule, subject, unit }: Pick<AllowanceRow, "rule" | "subject" | "unit">,
  before: number,
): Promise<AllowanceRow | undefined> {
  const [row] = await sql.query<AllowanceColumns>(
    `${ROWS} where team = $1 and rule = $2 and subject = $3 and unit = $4 and period_start < $5
     order by period_start desc limit 1 for update`,
    [team, rule, subject, unit, new Date(before)],
  );
  return row && rowOf(row);
}

function rowOf({
  period_start,
  period_end,
  limit,
  overdraft,
  grants,
  spend,
  held,
  overshoot,
  debt,
  ...row
}: AllowanceColumns): AllowanceRow {
  const { key, rule, subject, unit, carries } = row;
  const period = { periodStart: period_start.getTime(), periodEnd: period_end.getTime() };
  const limits = { limit: BigInt(limit), overdraft: BigInt(overdraft), grants: grants.map(raiseOf) };
  const amounts = { ...limits, spend: BigInt(spend), held: BigInt(held) };
  return { key, rule, subject, unit, carries, ...period, ...amounts, overshoot: BigInt(overshoot), debt: BigInt(debt) };
}

function raiseOf(text: string): Raise {
  const [amount, until] = text.split(" ");
  return { amount: BigInt(amount!), until: Number(until) };
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

/** By how much each row changed: a sum stays right whoever else adds to it. */
async function writeRows(sql: Sql, rows: readonly { was: AllowanceRow; is: AllowanceRow }[]): Promise<void> {
  const changes = FIGURES.map((figure) => rows.map(({ was, is }) => (is[figure] - was[figure]).toString()));
  await sql.query(
    `update allowance set spend = allowance.spend + r.spend, held = allowance.held + r.held,
       overshoot = allowance.overshoot + r.overshoot, debt = allowance.debt + r.debt, carries = r.carries
     from unnest($1::text[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[])
       as r(key, spend, held, overshoot, debt, carries)
     where allowance.key = r.key`,
    [rows.map(({ is }) => is.key), ...changes, rows.map(({ is }) => is.carries)],
  );
}
