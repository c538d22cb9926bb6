import { SUB_ROWS } from "../../budget/advance/subRows.ts";
import type { Nano } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";

/**
 * Sub-rows of allowances, in SQL (`budget/advance/subRows.ts` has the rules). While a row is split its own figures rest, and each sub-row
 * counts what has changed through it: the view `whole_allowance` adds them up. The shares count as held in the row, so that who knows nothing
 * of sub-rows (an endpoint of an older version) finds nothing left to grant twice. Rows are locked before sub-rows. Who has locked one sub-row
 * waits for no row and no other sub-row, so nobody waits in a circle.
 */

/** One that this transaction has locked. */
export interface SubRow {
  number: number;
  /** What is left of its share (nano). */
  left: Nano;
}

/** Locks one sub-row of each row, of those that nobody else has the one with the most left. A row that has none to spare is left out. */
export async function lockSubRows(sql: Sql, keys: readonly string[]): Promise<Map<string, SubRow>> {
  const rows = await sql.query<{ key: string; number: number; left: string }>(
    `select sub.* from unnest($1::text[]) as wanted(key) cross join lateral (
       select key, number, share - spend - held as left from allowance_sub_row
       where allowance_sub_row.key = wanted.key order by share - spend - held desc limit 1 for update skip locked
     ) as sub`,
    [keys],
  );
  return new Map(rows.map(({ key, number, left }) => [key, { number, left: BigInt(left) }]));
}

/** What a row's figures come to with its sub-rows'. */
export type Gathered = Record<"spend" | "held" | "overshoot", Nano>;

/** Brings what its sub-rows counted home to each row; the rows are locked, or the team is for update. Waits for who has a sub-row. */
export async function gather(sql: Sql, keys: readonly string[]): Promise<Map<string, Gathered>> {
  const rows = await sql.query<Record<keyof Gathered, string> & { key: string }>(
    `with gone as (
       delete from allowance_sub_row where key = any($1::text[]) returning key, share, spend, held, overshoot
     ), sub as (
       select key, sum(spend) as spend, sum(held - share) as held, sum(overshoot) as overshoot from gone group by key
     )
     update allowance set spend = allowance.spend + sub.spend, held = allowance.held + sub.held,
       overshoot = allowance.overshoot + sub.overshoot, split = false
     from sub where allowance.key = sub.key returning allowance.key, allowance.spend, allowance.held, allowance.overshoot`,
    [keys],
  );
  return new Map(
    rows.map(({ key, spend, held, overshoot }) => [
      key,
      { spend: BigInt(spend), held: BigInt(held), overshoot: BigInt(overshoot) },
    ]),
  );
}

/**
 * Waits until nobody has these rows whole, and answers which of them are split then. Outside of any transaction, because who has a row
 * whole may want what this one has; and rather than locking the row, because then everybody would come to wait for that.
 */
export async function waitForRows(sql: Sql, keys: readonly string[]): Promise<Map<string, boolean>> {
  const rows = await sql.query<{ key: string; split: boolean }>(
    "select key, split from allowance where key = any($1::text[]) order by key for key share",
    [keys],
  );
  return new Map(rows.map(({ key, split }) => [key, split]));
}

/** Splits rows that are locked and whole. */
export async function split(sql: Sql, rows: readonly { key: string; share: Nano }[]): Promise<void> {
  const keys = rows.map(({ key }) => key);
  const shares = rows.map(({ share }) => share.toString());
  await sql.query(
    `insert into allowance_sub_row (key, number, share)
     select key, number, share from unnest($1::text[], $2::numeric[]) as r(key, share), generate_series(1, $3::integer) as number`,
    [keys, shares, SUB_ROWS],
  );
  await sql.query(
    `update allowance set split = true, held = held + $3 * share from unnest($1::text[], $2::numeric[]) as r(key, share)
     where allowance.key = r.key`,
    [keys, shares, SUB_ROWS],
  );
}
