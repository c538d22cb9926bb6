import { formatAmount } from "../../../budget/money.ts";
import type { StoredEntries } from "../../../protocol/report.ts";
import type { Sql } from "../../store/store.ts";

const MOST_SHOWN = 200;
/** Kept in billionths; shown in dollars and tokens. */
const AMOUNTS = ["machine_cost", "cost", "tokens", "held_usd", "held_tokens"];

/** A person's newest entries with every column that is stored, newest first. */
export async function ownEntries(sql: Sql, team: string, person: string): Promise<StoredEntries> {
  const rows = await sql.query<Record<string, unknown>>(
    `select * from entry where team = $1 and person = $2 order by at desc, id limit ${MOST_SHOWN}`,
    [team, person],
  );
  return rows.map(({ team: _, ...row }) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => [name, plain(name, value)]),
    ),
  );
}

function plain(name: string, value: unknown): string | number | boolean {
  if (AMOUNTS.includes(name)) return formatAmount(BigInt(String(value)));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "boolean" || typeof value === "number" ? value : String(value);
}
