import { overdraftOf } from "../../budget/allowance/allowance.ts";
import { type Raise, raisedBy } from "../../budget/allowance/grant.ts";
import type { Nano, Unit } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";
import { gather, type SubRow } from "./subRows.ts";

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

const FIGURES = ["spend", "held", "overshoot", "debt"] as const;

/**
 * Rows of allowances, each with its approved grants: from the table, to lock them, or from the view that adds up sub-rows. Grants change
 * under the team's lock alone, which whoever locks rows has.
 */
const rowsOf = (source: "allowance" | "whole_allowance") => `select allowance.*, array(
    select amount || ' ' || floor(extract(epoch from until) * 1000) from allowance_grant
    where allowance_grant.key = allowance.key and state = 'approved'
  ) as grants
  from ${source} as allowance`;

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

/** The table's. */
interface LockedColumns extends AllowanceColumns {
  split: boolean;
}

/** A row that is locked whole: what its sub-rows had counted, if it was split, is home. */
export interface WholeRow {
  row: AllowanceRow;
  wasSplit: boolean;
}

/** A row as a transaction found it and as it leaves it; of one that is split, the sub-row through which it changes it. */
export interface ChangedRow {
  was: AllowanceRow;
  is: AllowanceRow;
  sub?: SubRow | undefined;
}

/** Rows without locks: for who only looks. */
export async function readRows(sql: Sql, keys: readonly string[]): Promise<Map<string, AllowanceRow>> {
  const rows = await sql.query<AllowanceColumns>(`${rowsOf("whole_allowance")} where key = any($1::text[])`, [
    [...new Set(keys)],
  ]);
  return new Map(rows.map((row) => [row.key, rowOf(row)]));
}

/** Locks rows of a team and, if any are named, of these people. */
export async function lockRows(sql: Sql, team: string, keys: Iterable<string>, people?: Iterable<string>): Promise<WholeRow[]> {
  const rows = await sql.query<LockedColumns>(
    `${rowsOf("allowance")} where team = $1 and key = any($2::text[]) and ($3::text[] is null or subject = any($3) or subject = $1)
     order by subject = $1, key for update`,
    [team, [...new Set(keys)], people ? [...new Set(people)] : null],
  );
  return whole(sql, rows);
}

/** The newest row of an allowance before an instant (epoch ms), locked. */
export async function lockRowBefore(
  sql: Sql,
  team: string,
  { rule, subject, unit }: Pick<AllowanceRow, "rule" | "subject" | "unit">,
  before: number,
): Promise<AllowanceRow | undefined> {
  const rows = await sql.query<LockedColumns>(
    `${rowsOf("allowance")} where team = $1 and rule = $2 and subject = $3 and unit = $4 and period_start < $5
     order by period_start desc limit 1 for update`,
    [team, rule, subject, unit, new Date(before)],
  );
  return (await whole(sql, rows))[0]?.row;
}

async function whole(sql: Sql, rows: readonly LockedColumns[]): Promise<WholeRow[]> {
  const split = rows.filter((row) => row.split).map(({ key }) => key);
  const gathered = split.length > 0 ? await gather(sql, split) : undefined;
  return rows.map((row) => ({ row: { ...rowOf(row), ...gathered?.get(row.key) }, wasSplit: row.split }));
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

/** Writes by how much each row changed: a sum stays right whoever else adds to it. */
export async function writeRows(sql: Sql, rows: readonly ChangedRow[]): Promise<void> {
  const changed = rows.filter(({ was, is }) => FIGURES.some((figure) => was[figure] !== is[figure]));
  const whole = changed.filter(({ sub }) => !sub);
  const split = changed.filter(({ sub }) => sub);
  if (whole.length > 0)
    await sql.query(
      `update allowance set spend = allowance.spend + r.spend, held = allowance.held + r.held,
         overshoot = allowance.overshoot + r.overshoot, debt = allowance.debt + r.debt, carries = r.carries
       from unnest($1::text[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[])
         as r(key, spend, held, overshoot, debt, carries)
       where allowance.key = r.key`,
      [whole.map(({ is }) => is.key), ...changesOf(whole, FIGURES), whole.map(({ is }) => is.carries)],
    );
  if (split.length > 0)
    await sql.query(
      `update allowance_sub_row as sub set spend = sub.spend + r.spend, held = sub.held + r.held, overshoot = sub.overshoot + r.overshoot
       from unnest($1::text[], $2::integer[], $3::numeric[], $4::numeric[], $5::numeric[]) as r(key, number, spend, held, overshoot)
       where sub.key = r.key and sub.number = r.number`,
      [split.map(({ is }) => is.key), split.map(({ sub }) => sub!.number), ...changesOf(split, ["spend", "held", "overshoot"])],
    );
}

function changesOf(rows: readonly ChangedRow[], figures: readonly (typeof FIGURES)[number][]): string[][] {
  return figures.map((figure) => rows.map(({ was, is }) => (is[figure] - was[figure]).toString()));
}
