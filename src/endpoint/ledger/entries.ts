import { randomUUID } from "node:crypto";
import { max, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import { workOf } from "../../budget/policy/work.ts";
import { weightedUsage } from "../../budget/verdict/verdict.ts";
import { costOf } from "../../prices/rates.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import type { AllowanceRow } from "./allowanceRows.ts";
import type { Book } from "./book.ts";
import { type Amount, type EntryRow, insertAmounts, insertEntries } from "./entryRows.ts";
import type { Policies, Team } from "./policies.ts";

/** A settled request, and whose it is. */
export interface Settled {
  entry: Entry;
  person: string;
  /** Null for an import. */
  advance: string | null;
}

/** Where entries are put: every allowance row that they may name is locked in the book. */
export interface Booking {
  book: Book;
  team: Team;
  policies: Policies;
  now: number;
}

/** An entry as the endpoint counts it, beside what its machine counted. */
interface Counted extends Settled {
  counted: Record<Unit, Nano>;
  claimed: Record<Unit, Nano>;
  held: Record<Unit, Nano>;
  priceRef: string;
  /** False: at another model's price, until this one's is known. */
  priceKnown: boolean;
  /** The allowances that it draws on; what else it names is nothing of this person's and is left out. */
  rows: AllowanceRow[];
}

/**
 * Puts machines' settled requests into the ledger, each once, and counts them again: where the endpoint's figure differs, an
 * adjustment says so and counts. A person's request that is there already under another id (seen by the gate and by the chat, say) was charged
 * twice by the machines, so the second charge is taken back, in every allowance that it names: its entry comes through one advance
 * only, whichever advances were charged. (Where the other one has not reported yet, its money is still held, so the book as a whole
 * shows no less than was spent.)
 */
export async function bookSettled(sql: Sql, booking: Booking, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return;
  const entries = await countAll(booking, sql, settled);
  const inserted = await insertEntries(
    sql,
    entries.map((one) => settledRow(booking, one, "settle")),
  );
  const fresh = entries.filter(({ entry }) => inserted.has(entry.id));
  for (const { rows, counted, held } of fresh)
    for (const { key, unit } of rows) booking.book.addOvershoot(key, max(0n, counted[unit] - held[unit]));
  const amounts = fresh.flatMap((one) => amountsOf(one.entry.id, one.rows, one.claimed));
  await insertAmounts(sql, booking.team.id, [...amounts, ...(await bookAdjustments(sql, booking, fresh))]);
  await bookDuplicates(
    sql,
    booking,
    entries.filter(({ entry }) => !inserted.has(entry.id)),
  );
}

/** Puts requests of the past into the ledger, as the endpoint counts them; the allowances they name count them. Returns how many were new. */
export async function bookImported(sql: Sql, booking: Booking, settled: readonly Settled[]): Promise<number> {
  const entries = await countAll(booking, sql, settled);
  const inserted = await insertEntries(
    sql,
    entries.map((one) => settledRow(booking, one, "import")),
  );
  const fresh = entries.filter(({ entry }) => inserted.has(entry.id));
  const amounts = fresh.flatMap((one) => amountsOf(one.entry.id, one.rows, one.counted));
  for (const { key, amount } of await insertAmounts(sql, booking.team.id, amounts)) booking.book.addSpend(key, amount);
  return inserted.size;
}

/** Each id once, in small letters, as the database gives them back. */
function countAll(booking: Booking, sql: Sql, settled: readonly Settled[]): Promise<Counted[]> {
  const byId = new Map<string, Settled>();
  for (const one of settled) {
    const id = one.entry.id.toLowerCase();
    if (!byId.has(id)) byId.set(id, { ...one, entry: { ...one.entry, id } });
  }
  return Promise.all([...byId.values()].map((one) => count(booking, sql, one)));
}

/**
 * By the policy under which it was judged, and at the prices of its instant, so that a change does not reach back. Nothing is priced
 * as of the future.
 */
async function count({ book, team, policies, now }: Booking, sql: Sql, settled: Settled): Promise<Counted> {
  const { entry, person } = settled;
  const { policy } = (await policies.version(sql, team, entry.policyVersion)) ?? (await policies.current(sql, team));
  const at = Math.min(Date.parse(entry.at), now);
  const { price, priceKnown } = policies.priced(policy, entry, at);
  const claimed = { usd: parseAmount(entry.cost), tokens: parseAmount(entry.tokens) };
  const counted = {
    usd: costOf(entry.usage, price, { serviceTier: entry.serviceTier, at }),
    tokens: weightedUsage(entry.usage, policy),
  };
  // Nobody saw how it ended: the whole hold is charged, which its guessed usage need not come to.
  const sure = entry.usageSource !== "uncertain";
  return {
    ...settled,
    counted: sure ? counted : { usd: max(counted.usd, claimed.usd), tokens: max(counted.tokens, claimed.tokens) },
    claimed,
    held: { usd: parseAmount(entry.held.usd), tokens: parseAmount(entry.held.tokens) },
    priceRef: policies.prices(policy, at).priceRef,
    priceKnown,
    rows: [...new Set(entry.allowances)]
      .flatMap((key) => book.row(key) ?? [])
      .filter(({ subject }) => subject === person || subject === team.id),
  };
}

function settledRow(booking: Booking, one: Counted, kind: "settle" | "import"): EntryRow {
  return {
    ...plainColumns(booking, one),
    kind,
    person: one.person,
    advance: one.advance,
    provider_request_id: requestIdOf(one.entry) ?? null,
    cost: one.counted.usd.toString(),
    tokens: one.counted.tokens.toString(),
    price_ref: one.priceRef,
    price_known: one.priceKnown,
  };
}

/**
 * The provider's request id, where it is one that no other request has: Ollama's is `chatcmpl-` and a number below 999, KoboldCpp's always the
 * same. Much longer ones than any provider makes would fit no index.
 */
function requestIdOf({ providerRequestId = "" }: Entry): string | undefined {
  return providerRequestId.length >= 16 && providerRequestId.length <= 200 ? providerRequestId : undefined;
}

function plainColumns({ team, now }: Booking, { entry, claimed, held }: Counted): EntryRow {
  const { usage } = entry;
  return {
    team: team.id,
    id: entry.id,
    origin: entry.origin,
    provider: entry.provider,
    model: entry.model,
    ...workOf(entry),
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
    machine_cost: claimed.usd.toString(),
    machine_price_ref: entry.priceRef,
    held_usd: held.usd.toString(),
    held_tokens: held.tokens.toString(),
    policy_version: entry.policyVersion,
    at: new Date(Math.min(Date.parse(entry.at), now)).toISOString(),
    received_at: new Date(now).toISOString(),
  };
}

/** Entries for what the endpoint counts otherwise; returns what they take from each allowance. */
async function bookAdjustments(sql: Sql, booking: Booking, fresh: readonly Counted[]): Promise<Amount[]> {
  const adjusted = fresh
    .map((one) => ({ id: randomUUID(), one, by: differenceOf(one) }))
    .filter(({ by }) => by.usd !== 0n || by.tokens !== 0n);
  const rows = adjusted.map(({ id, one, by }) => ({
    ...correction(booking, one),
    id,
    kind: "adjustment",
    refers_to: one.entry.id,
    cost: by.usd.toString(),
    tokens: by.tokens.toString(),
    price_ref: one.priceRef,
  }));
  await insertEntries(sql, rows);
  const amounts = adjusted.flatMap(({ id, one, by }) => amountsOf(id, one.rows, by)).filter(({ amount }) => amount !== 0n);
  for (const { key, amount } of amounts) booking.book.addSpend(key, amount);
  return amounts;
}

async function bookDuplicates(sql: Sql, booking: Booking, rest: readonly Counted[]): Promise<void> {
  if (rest.length === 0) return;
  const known = await sql.query<{ id: string; kind: string }>(
    "select id, kind from entry where team = $1 and id = any($2::uuid[])",
    [booking.team.id, rest.map(({ entry }) => entry.id)],
  );
  const kinds = new Map(known.map(({ id, kind }) => [id, kind]));
  const duplicates = rest.filter(({ entry }) => (kinds.get(entry.id) ?? "duplicate") === "duplicate");
  const originals = await originalsOf(sql, booking.team.id, duplicates);
  const rows = duplicates.map((one) => ({
    ...plainColumns(booking, one),
    ...correction(booking, one),
    id: one.entry.id,
    kind: "duplicate",
    refers_to: originals.get(`${one.person} ${one.entry.provider} ${one.entry.providerRequestId}`) ?? null,
  }));
  await insertEntries(sql, rows);
  const takenBack = duplicates.flatMap(({ entry, rows, claimed }) =>
    amountsOf(entry.id, rows, { usd: -claimed.usd, tokens: -claimed.tokens }),
  );
  for (const { key, amount } of await insertAmounts(sql, booking.team.id, takenBack)) booking.book.addSpend(key, amount);
}

async function originalsOf(sql: Sql, team: string, duplicates: readonly Counted[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; person: string; provider: string; provider_request_id: string }>(
    "select id, person, provider, provider_request_id from entry where team = $1 and provider_request_id = any($2::text[])",
    [team, duplicates.map(({ entry }) => entry.providerRequestId ?? "")],
  );
  return new Map(rows.map((row) => [`${row.person} ${row.provider} ${row.provider_request_id}`, row.id]));
}

function correction({ team, now }: Booking, { entry, person, advance }: Counted): EntryRow {
  const at = new Date(now).toISOString();
  const { provider, model, policyVersion } = entry;
  return { team: team.id, person, advance, provider, model, policy_version: policyVersion, at, received_at: at };
}

function differenceOf({ counted, claimed }: Counted): Record<Unit, Nano> {
  return { usd: counted.usd - claimed.usd, tokens: counted.tokens - claimed.tokens };
}

function amountsOf(entry: string, rows: readonly AllowanceRow[], byUnit: Record<Unit, Nano>): Amount[] {
  return rows.map(({ key, unit }) => ({ entry, key, amount: byUnit[unit] }));
}
