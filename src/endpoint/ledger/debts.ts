import { randomUUID } from "node:crypto";
import type { Nano } from "../../budget/money.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { type AllowanceRow, overdraftOfRow } from "./allowanceRows.ts";
import { slotAfter } from "./allowances.ts";
import type { Book } from "./book.ts";
import { type Amount, insertAmounts, insertEntries } from "./entryRows.ts";

/** Where debts are posted. */
export interface DebtParts {
  book: Book;
  team: { id: string };
  policy: PolicyVersion;
  now: number;
}

/**
 * Spend that comes late changes what its period was overdrawn by: the difference is posted, as a debt, to the period that follows, and
 * so on up to the current one. What a period owes is always what the one before was overdrawn by. (Where the team's time zone has changed,
 * a period may be under way again though the one that follows has begun before: that one owes what this one comes to, all the same.)
 * @param bring brings a row into the book, made where there is none yet; or throws
 * @param also rows in the book whose limit has changed
 */
export async function carryDebts(
  sql: Sql,
  { book, team, policy, now }: DebtParts,
  bring: (key: string, before: AllowanceRow) => Promise<void>,
  also: readonly string[] = [],
): Promise<void> {
  const debts: Amount[] = [];
  const changed = book.withOtherSpend().map(({ was, is }) => ({ key: is.key, before: overdraftOfRow(was) }));
  for (const { key: first, before } of [...changed, ...also.map((key) => ({ key, before: undefined }))]) {
    let owed: Nano | undefined = before;
    let from = book.row(first)!;
    while (overdraftOfRow(from) !== owed) {
      // Where the rules have changed, what began to carry it goes on.
      const carrying = await keyCarrying(sql, from.key);
      const key = carrying ?? (from.periodEnd <= now ? slotAfter(policy.policy, from)?.key : undefined);
      if (key === undefined) break;
      if (!book.row(key)) await bring(key, from);
      const next = book.row(key)!;
      if (next.carries !== null && next.carries !== from.key) break;
      const amount = overdraftOfRow(from) - next.debt;
      if (amount === 0n) break;
      owed = overdraftOfRow(next);
      book.addDebt(key, from.key, amount);
      debts.push({ entry: randomUUID(), key, amount });
      from = book.row(key)!;
    }
  }
  await insertDebts(sql, team.id, policy.version, debts, now);
}

async function keyCarrying(sql: Sql, key: string): Promise<string | undefined> {
  const [row] = await sql.query<{ key: string }>("select key from allowance where carries = $1", [key]);
  return row?.key;
}

/** Entries that say how much periods repay for the ones before them. */
export async function insertDebts(
  sql: Sql,
  team: string,
  policyVersion: number,
  debts: readonly Amount[],
  now: number,
): Promise<void> {
  const at = new Date(now).toISOString();
  await insertEntries(
    sql,
    debts.map(({ entry }) => ({ team, id: entry, kind: "debt", policy_version: policyVersion, at, received_at: at })),
  );
  await insertAmounts(sql, team, debts);
}
