import { randomUUID } from "node:crypto";
import { formatAmount, max, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import { costOf } from "../../prices/rates.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import type { Policies, Team } from "./policies.ts";

/** Whose entries these are, and under which locks: every allowance row in `units` is locked by the caller. */
export interface Booking {
  team: Team;
  personId: string;
  /** Null for an import. */
  advanceId: string | null;
  policies: Policies;
  /** Unit of each locked allowance row, by key; other keys that an entry names are nothing of this person's and are left out. */
  units: ReadonlyMap<string, Unit>;
  /** Keys of the advance that reports: only in these is a charge sure to be in its `spent`. */
  reported: ReadonlySet<string>;
  now: number;
}

export interface Booked {
  /** Ids that are now in the ledger, also those that were there before. */
  acknowledged: string[];
  /** What to add to the spend of allowances, besides what the machine reports as spent. */
  changes: Map<string, Nano>;
}

interface PricedEntry {
  entry: Entry;
  cost: Nano;
  machineCost: Nano;
  priceRef: string;
  /** False: at another model's price, until this one's is known. */
  priceKnown: boolean;
}

/**
 * Puts a machine's settled requests into the ledger, each once, and prices them again: where the endpoint's figure differs, an
 * adjustment says so and counts. A request that is there already under another id (seen by the gate and by the chat, say) was charged
 * twice by the machines, so the second charge is taken back.
 */
export async function bookSettled(sql: Sql, booking: Booking, entries: readonly Entry[]): Promise<Booked> {
  const changes = new Map<string, Nano>();
  if (entries.length === 0) return { acknowledged: [], changes };
  const priced = await Promise.all(unique(entries).map((entry) => price(sql, booking, entry)));
  const inserted = new Set(await insertEntries(sql, booking, "settle", priced));
  const fresh = priced.filter(({ entry }) => inserted.has(entry.id));
  const amounts = fresh.flatMap(({ entry }) => amountsOf(booking, entry));
  const adjusted = fresh.filter(({ cost, machineCost }) => cost !== machineCost);
  amounts.push(...(await bookAdjustments(sql, booking, adjusted, changes)));
  await insertAmounts(sql, booking.team.id, amounts);
  await bookDuplicates(
    sql,
    booking,
    priced.filter(({ entry }) => !inserted.has(entry.id)),
    changes,
  );
  return { acknowledged: priced.map(({ entry }) => entry.id), changes };
}

/** Puts requests of the past into the ledger, as the endpoint prices them; the allowances they name count them. */
export async function bookImported(sql: Sql, booking: Booking, entries: readonly Entry[]): Promise<Booked> {
  const priced = await Promise.all(unique(entries).map((entry) => price(sql, booking, entry)));
  const inserted = new Set(await insertEntries(sql, booking, "import", priced));
  const amounts = priced
    .filter(({ entry }) => inserted.has(entry.id))
    .flatMap(({ entry, cost }) => amountsOf(booking, { ...entry, cost: formatAmount(cost) }));
  await insertAmounts(sql, booking.team.id, amounts);
  const changes = new Map<string, Nano>();
  for (const { key, amount } of amounts) add(changes, key, amount);
  return { acknowledged: [...inserted], changes };
}

function unique(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.id.toLowerCase(), { ...entry, id: entry.id.toLowerCase() }])).values()];
}

/**
 * Priced by the policy under which it was judged, and as of its instant, so that a change of prices does not reach back. Nothing
 * is priced as of the future.
 */
async function price(sql: Sql, { team, policies, now }: Booking, entry: Entry): Promise<PricedEntry> {
  const { policy } = (await policies.version(sql, team, entry.policyVersion)) ?? (await policies.current(sql, team));
  const at = Math.min(Date.parse(entry.at), now);
  const { price, priceKnown } = policies.priced(policy, entry, at);
  const machineCost = parseAmount(entry.cost);
  const cost = costOf(entry.usage, price, { serviceTier: entry.serviceTier, at });
  return {
    entry,
    // Nobody saw how it ended: the whole hold is charged, which its guessed usage need not come to.
    cost: entry.usageSource === "uncertain" ? max(cost, machineCost) : cost,
    machineCost,
    priceRef: policies.prices(policy, at).priceRef,
    priceKnown,
  };
}

/** The ids that were inserted; left out are those whose id, or whose provider's request id, is in the ledger. */
async function insertEntries(
  sql: Sql,
  { team, personId, advanceId, now }: Booking,
  kind: "settle" | "import",
  priced: PricedEntry[],
): Promise<string[]> {
  const rows = priced.map(({ entry, cost, machineCost, priceRef, priceKnown }) => ({
    ...plainColumns(entry, now),
    team: team.id,
    kind,
    person: personId,
    advance: advanceId,
    provider_request_id: entry.providerRequestId ?? null,
    machine_cost: machineCost.toString(),
    cost: cost.toString(),
    price_ref: priceRef,
    price_known: priceKnown,
  }));
  return insertRows(sql, rows);
}

function plainColumns(entry: Entry, now: number) {
  const { usage } = entry;
  return {
    id: entry.id,
    origin: entry.origin,
    provider: entry.provider,
    model: entry.model,
    service_tier: entry.serviceTier ?? null,
    input: usage.input,
    cache_read: usage.cacheRead,
    cache_write_5m: usage.cacheWrite5m,
    cache_write_1h: usage.cacheWrite1h,
    output: usage.output,
    audio_in: usage.audioIn,
    audio_out: usage.audioOut,
    calls: usage.calls ?? null,
    usage_source: entry.usageSource,
    tokens: parseAmount(entry.tokens).toString(),
    machine_price_ref: entry.priceRef,
    held_usd: parseAmount(entry.held.usd).toString(),
    held_tokens: parseAmount(entry.held.tokens).toString(),
    policy_version: entry.policyVersion,
    at: new Date(Math.min(Date.parse(entry.at), now)).toISOString(),
    received_at: new Date(now).toISOString(),
  };
}

async function bookAdjustments(
  sql: Sql,
  booking: Booking,
  adjusted: PricedEntry[],
  changes: Map<string, Nano>,
): Promise<Amount[]> {
  const amounts: Amount[] = [];
  const rows = adjusted.map(({ entry, cost, machineCost, priceRef }) => {
    const id = randomUUID();
    for (const key of keysOf(booking, entry, "usd")) {
      amounts.push({ entry: id, key, amount: cost - machineCost });
      add(changes, key, cost - machineCost);
    }
    return {
      ...corrects(booking, entry),
      id,
      kind: "adjustment",
      refers_to: entry.id,
      cost: (cost - machineCost).toString(),
      price_ref: priceRef,
    };
  });
  await insertRows(sql, rows);
  return amounts;
}

async function bookDuplicates(sql: Sql, booking: Booking, rest: PricedEntry[], changes: Map<string, Nano>): Promise<void> {
  if (rest.length === 0) return;
  const known = await sql.query<{ id: string; kind: string }>(
    "select id, kind from entry where team = $1 and id = any($2::uuid[])",
    [booking.team.id, rest.map(({ entry }) => entry.id)],
  );
  const kinds = new Map(known.map(({ id, kind }) => [id, kind]));
  const duplicates = rest.filter(({ entry }) => (kinds.get(entry.id) ?? "duplicate") === "duplicate");
  const originals = await originalsOf(sql, booking.team.id, duplicates);
  const rows = duplicates.map(({ entry, machineCost }) => ({
    ...plainColumns(entry, booking.now),
    ...corrects(booking, entry),
    id: entry.id,
    kind: "duplicate",
    refers_to: originals.get(`${entry.provider} ${entry.providerRequestId}`) ?? null,
    machine_cost: machineCost.toString(),
  }));
  await insertRows(sql, rows);
  const charged = duplicates.flatMap(({ entry }) => amountsOf(booking, entry)).filter(({ key }) => booking.reported.has(key));
  const takenBack = charged.map((amount) => ({ ...amount, amount: -amount.amount }));
  for (const { key, amount } of await insertAmounts(sql, booking.team.id, takenBack)) add(changes, key, amount);
}

async function originalsOf(sql: Sql, team: string, duplicates: PricedEntry[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; provider: string; provider_request_id: string }>(
    "select id, provider, provider_request_id from entry where team = $1 and provider_request_id = any($2::text[])",
    [team, duplicates.map(({ entry }) => entry.providerRequestId ?? "")],
  );
  return new Map(rows.map((row) => [`${row.provider} ${row.provider_request_id}`, row.id]));
}

function corrects({ team, personId, advanceId, now }: Booking, entry: Entry) {
  const at = new Date(now).toISOString();
  const { provider, model } = entry;
  return {
    team: team.id,
    person: personId,
    advance: advanceId,
    provider,
    model,
    policy_version: entry.policyVersion,
    at,
    received_at: at,
  };
}

interface Amount {
  entry: string;
  key: string;
  amount: Nano;
}

/** What an entry takes from each of its allowances, as the machine counted it. */
function amountsOf(booking: Booking, entry: Entry): Amount[] {
  const byUnit: Record<Unit, Nano> = { usd: parseAmount(entry.cost), tokens: parseAmount(entry.tokens) };
  return (["usd", "tokens"] as const).flatMap((unit) =>
    keysOf(booking, entry, unit).map((key) => ({ entry: entry.id, key, amount: byUnit[unit] })),
  );
}

function keysOf({ units }: Booking, entry: Entry, unit: Unit): string[] {
  return [...new Set(entry.allowances)].filter((key) => units.get(key) === unit);
}

function add(changes: Map<string, Nano>, key: string, amount: Nano): void {
  changes.set(key, (changes.get(key) ?? 0n) + amount);
}

/** Inserts what is not there yet, and says what that was. */
async function insertAmounts(sql: Sql, team: string, amounts: readonly Amount[]): Promise<Amount[]> {
  if (amounts.length === 0) return [];
  const rows = await sql.query<{ entry: string; key: string; amount: string }>(
    `insert into entry_allowance (team, entry, key, amount)
     select $1, entry, key, amount from unnest($2::uuid[], $3::text[], $4::numeric[]) as r(entry, key, amount)
     on conflict do nothing returning entry, key, amount`,
    [team, amounts.map(({ entry }) => entry), amounts.map(({ key }) => key), amounts.map(({ amount }) => amount.toString())],
  );
  return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
}

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
type Row = Partial<Record<keyof typeof COLUMNS, unknown>>;

/** Columns that a correction does not have. */
const DEFAULTS: Row = {
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

/** Inserts in a fixed order, so that two messages with the same requests queue for each other. */
async function insertRows(sql: Sql, rows: Row[]): Promise<string[]> {
  if (rows.length === 0) return [];
  const names = Object.keys(COLUMNS).join(", ");
  const types = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`);
  const inserted = await sql.query<{ id: string }>(
    `insert into entry (${names}) select ${names} from jsonb_to_recordset($1::jsonb) as r(${types.join(", ")})
     order by provider_request_id, id on conflict do nothing returning id`,
    [JSON.stringify(rows.map((row) => ({ ...DEFAULTS, ...row })))],
  );
  return inserted.map(({ id }) => id);
}
