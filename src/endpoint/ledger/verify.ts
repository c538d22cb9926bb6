import { formatAmount } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";

const FIGURES = ["spend", "held", "overshoot", "debt"] as const;
type Figure = (typeof FIGURES)[number];

/** An allowance whose cached figures are not what its entries and advances come to. Decimal strings. */
export interface Difference {
  key: string;
  figure: Figure;
  book: string;
  rebuilt: string;
}

export interface Verification {
  allowances: number;
  differences: Difference[];
  /** Allowances whose machines reported more as spent than they sent entries for; entries may still be on their way. */
  unreported: { key: string; amount: string }[];
  /** Allowances with usage above its holds, or that repay for the period before. */
  beyond: { key: string; overshoot: string; debt: string }[];
}

interface Row extends Record<Figure, string> {
  key: string;
  advances_spent: string;
  advances_held: string;
  settled: string;
  corrections: string;
  debts: string;
  above: string;
  /** What the period before was overdrawn by. */
  owed: string;
}

/**
 * Rebuilds every balance from what is append-only or merged by maximum: spend = what the advances spent + adjustments, imports, openings
 * and debts; held = what the advances hold; overshoot = what entries came to above their holds; debt = what debt entries come to, and what
 * the period before was overdrawn by. Run it in a transaction that sees one state.
 */
export async function verify(sql: Sql): Promise<Verification> {
  const rows = await sql.query<Row>(
    `with allowance as (select * from whole_allowance)
     select key, allowance.spend, allowance.held, allowance.overshoot, allowance.debt,
       coalesce(advances.spent, 0) as advances_spent, coalesce(advances.held, 0) as advances_held,
       coalesce(amounts.settled, 0) as settled, coalesce(amounts.corrections, 0) as corrections,
       coalesce(amounts.debts, 0) as debts, coalesce(above.overshoot, 0) as above,
       coalesce(greatest(0, before.spend - before."limit" - before.granted), 0) as owed
     from allowance
     left join (
       select key as carried, spend, "limit", (
         select coalesce(sum(amount), 0) from allowance_grant where allowance_grant.key = allowance.key and state = 'approved'
       ) as granted from allowance
     ) as before on carried = carries
     left join (
       select key, sum(spent) as spent, sum(greatest(0, granted - spent - returned)) as held
       from advance_allowance join advance on advance.id = advance group by key
     ) as advances using (key)
     left join (
       select key, sum(amount) filter (where kind = 'settle') as settled, sum(amount) filter (where kind <> 'settle') as corrections,
         sum(amount) filter (where kind = 'debt') as debts
       from entry_allowance join entry on entry.team = entry_allowance.team and entry.id = entry_allowance.entry group by key
     ) as amounts using (key)
     left join (
       select entry_allowance.key, sum(greatest(0, case unit
         when 'usd' then entry.cost + coalesce(repriced.cost, 0) - entry.held_usd else entry.tokens - entry.held_tokens end)) as overshoot
       from entry join entry_allowance on entry_allowance.team = entry.team and entry_allowance.entry = entry.id
         join allowance on allowance.key = entry_allowance.key
         left join entry as repriced on repriced.team = entry.team and repriced.refers_to = entry.id and repriced.kind = 'repriced'
       where entry.kind = 'settle' group by entry_allowance.key
     ) as above using (key)
     order by key`,
  );
  return {
    allowances: rows.length,
    differences: rows.flatMap(differencesOf),
    unreported: rows.flatMap(({ key, advances_spent, settled }) => {
      const amount = BigInt(advances_spent) - BigInt(settled);
      return amount > 0n ? [{ key, amount: formatAmount(amount) }] : [];
    }),
    beyond: rows
      .filter(({ overshoot, debt }) => BigInt(overshoot) !== 0n || BigInt(debt) !== 0n)
      .map(({ key, overshoot, debt }) => ({
        key,
        overshoot: formatAmount(BigInt(overshoot)),
        debt: formatAmount(BigInt(debt)),
      })),
  };
}

function differencesOf({ key, advances_spent, advances_held, corrections, debts, above, owed, ...book }: Row): Difference[] {
  const rebuilt: [Figure, bigint][] = [
    ["spend", BigInt(advances_spent) + BigInt(corrections)],
    ["held", BigInt(advances_held)],
    ["overshoot", BigInt(above)],
    ["debt", BigInt(debts)],
    ["debt", BigInt(owed)],
  ];
  return rebuilt
    .filter(([figure, amount]) => BigInt(book[figure]) !== amount)
    .map(([figure, amount]) => ({ key, figure, book: formatAmount(BigInt(book[figure])), rebuilt: formatAmount(amount) }));
}
