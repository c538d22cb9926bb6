import { formatAmount } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";

/** An allowance whose cached figures are not what its entries and advances come to. Decimal strings. */
export interface Difference {
  key: string;
  figure: "spend" | "held";
  book: string;
  rebuilt: string;
}

export interface Verification {
  allowances: number;
  differences: Difference[];
  /** Allowances whose machines reported more as spent than they sent entries for; entries may still be on their way. */
  unreported: { key: string; amount: string }[];
}

interface Row {
  key: string;
  spend: string;
  held: string;
  advances_spent: string;
  advances_held: string;
  settled: string;
  corrections: string;
}

/**
 * Rebuilds every balance from what is append-only or merged by maximum: spend = what the advances spent + adjustments, imports and
 * openings; held = what the advances hold. Run it in a transaction that sees one state.
 */
export async function verify(sql: Sql): Promise<Verification> {
  const rows = await sql.query<Row>(
    `select key, allowance.spend, allowance.held,
       coalesce(advances.spent, 0) as advances_spent, coalesce(advances.held, 0) as advances_held,
       coalesce(amounts.settled, 0) as settled, coalesce(amounts.corrections, 0) as corrections
     from allowance
     left join (
       select key, sum(spent) as spent, sum(greatest(0, granted - spent - returned)) as held
       from advance_allowance join advance on advance.id = advance group by key
     ) as advances using (key)
     left join (
       select key, sum(amount) filter (where kind = 'settle') as settled, sum(amount) filter (where kind <> 'settle') as corrections
       from entry_allowance join entry on entry.team = entry_allowance.team and entry.id = entry_allowance.entry group by key
     ) as amounts using (key)
     order by key`,
  );
  return {
    allowances: rows.length,
    differences: rows.flatMap(differencesOf),
    unreported: rows.flatMap(({ key, advances_spent, settled, corrections: _ }) => {
      const amount = BigInt(advances_spent) - BigInt(settled);
      return amount > 0n ? [{ key, amount: formatAmount(amount) }] : [];
    }),
  };
}

function differencesOf({ key, spend, held, advances_spent, advances_held, corrections }: Row): Difference[] {
  const rebuilt = { spend: BigInt(advances_spent) + BigInt(corrections), held: BigInt(advances_held) };
  const book = { spend: BigInt(spend), held: BigInt(held) };
  return (["spend", "held"] as const)
    .filter((figure) => book[figure] !== rebuilt[figure])
    .map((figure) => ({ key, figure, book: formatAmount(book[figure]), rebuilt: formatAmount(rebuilt[figure]) }));
}
