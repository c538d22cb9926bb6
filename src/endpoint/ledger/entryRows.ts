import type { Nano } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";

/** How entries and their amounts go into their tables, which are append-only. */

const COLUMNS = {
  team: "text",
  id: "uuid",
  kind: "text",
  refers_to: "uuid",
  person: "text",
  advance: "text",
  origin: "text",
  provider: "text",
  model: "text",
  project: "text",
  purpose: "text",
  branch: "text",
  issue: "text",
  service_tier: "text",
  input: "bigint",
  cache_read: "bigint",
  cache_write_5m: "bigint",
  cache_write_1h: "bigint",
  output: "bigint",
  audio_in: "bigint",
  audio_out: "bigint",
  calls: "jsonb",
  usage_source: "text",
  provider_request_id: "text",
  machine_cost: "numeric",
  cost: "numeric",
  tokens: "numeric",
  machine_price_ref: "text",
  price_ref: "text",
  price_known: "boolean",
  held_usd: "numeric",
  held_tokens: "numeric",
  policy_version: "integer",
  at: "timestamptz",
  received_at: "timestamptz",
} as const;
export type EntryRow = Partial<Record<keyof typeof COLUMNS, unknown>>;

/** Columns that a correction does not have. */
const DEFAULTS: EntryRow = {
  input: 0,
  cache_read: 0,
  cache_write_5m: 0,
  cache_write_1h: 0,
  output: 0,
  audio_in: 0,
  audio_out: 0,
  machine_cost: "0",
  cost: "0",
  tokens: "0",
  held_usd: "0",
  held_tokens: "0",
  price_known: true,
};

/**
 * Inserts what is not there yet, by id and by the provider's request id, in a fixed order, so that two transactions with the same
 * requests queue for each other. Returns the ids that were inserted.
 */
export async function insertEntries(sql: Sql, rows: readonly EntryRow[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const names = Object.keys(COLUMNS).join(", ");
  const types = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`);
  const inserted = await sql.query<{ id: string }>(
    `insert into entry (${names}) select ${names} from jsonb_to_recordset($1::jsonb) as r(${types.join(", ")})
     order by provider_request_id, id on conflict do nothing returning id`,
    [JSON.stringify(rows.map((row) => ({ ...DEFAULTS, ...row })))],
  );
  return new Set(inserted.map(({ id }) => id));
}

/** What an entry takes from one allowance. */
export interface Amount {
  entry: string;
  key: string;
  amount: Nano;
}

/** Inserts what is not there yet, and says what that was. */
export async function insertAmounts(sql: Sql, team: string, amounts: readonly Amount[]): Promise<Amount[]> {
  if (amounts.length === 0) return [];
  const rows = await sql.query<{ entry: string; key: string; amount: string }>(
    `insert into entry_allowance (team, entry, key, amount)
     select $1, entry, key, amount from unnest($2::uuid[], $3::text[], $4::numeric[]) as r(entry, key, amount)
     on conflict do nothing returning entry, key, amount`,
    [team, amounts.map(({ entry }) => entry), amounts.map(({ key }) => key), amounts.map(({ amount }) => amount.toString())],
  );
  return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
}
