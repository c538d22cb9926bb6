import { randomUUID } from "node:crypto";
import type { Nano } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy.ts";
import type { ModelRef } from "../../budget/verdict.ts";
import { costOf } from "../../prices/rates.ts";
import { usageOf } from "../../wire/usage.ts";
import type { Sql, Store } from "../store/store.ts";
import { Book } from "./book.ts";
import { appendEvent } from "./events.ts";
import { publishNotice } from "./notice.ts";
import { findTeam, type Policies, type Team } from "./policies.ts";

/** Tells every team which prices are in force now, and prices again what they make known. */
export async function publishPrices(store: Store, policies: Policies, now: number): Promise<void> {
  const teams = await store.query<{ id: string }>("select id from team order by id");
  for (const { id } of teams) {
    await store.transaction(async (sql) => {
      const team = await findTeam(sql, id, "update");
      const { policy } = await policies.current(sql, team);
      await appendEvent(sql, id, "prices", { priceRef: policies.prices(policy, now).priceRef }, new Date(now));
      await reprice(sql, team, policies, policy, now);
    });
    await publishNotice(store, { team: id, kind: "events" });
  }
}

interface Unpriced {
  id: string;
  person: string | null;
  service_tier: string | null;
  input: number;
  cache_read: number;
  cache_write_5m: number;
  cache_write_1h: number;
  output: number;
  audio_in: number;
  audio_out: number;
  calls: Record<string, number> | null;
  cost: string;
  policy_version: number;
  at: Date;
}

/** Entries at another model's price that were not priced again since. */
const UNPRICED = `from entry where team = $1 and not price_known and not exists (
  select from entry as later where later.team = $1 and later.refers_to = entry.id and later.kind = 'repriced')`;

/**
 * Prices again what was booked while its model's price was not known, as far as `policy` or the catalogue knows it now: an entry
 * of its own says by how much, and the allowances that the request drew on count it. In the caller's transaction, which has
 * locked the team for update.
 */
export async function reprice(sql: Sql, team: Team, policies: Policies, policy: Policy, now: number): Promise<void> {
  const changes = new Map<string, Nano>();
  const refs = await sql.query<ModelRef>(`select distinct provider, model ${UNPRICED}`, [team.id]);
  for (const ref of refs.filter((one) => policies.priced(policy, one, now).priceKnown)) {
    const entries = await sql.query<Unpriced>(`select * ${UNPRICED} and provider = $2 and model = $3 order by id`, [
      team.id,
      ref.provider,
      ref.model,
    ]);
    for (const entry of entries) await repriceOne(sql, { team, policies, policy, now }, ref, entry, changes);
  }
  if (changes.size === 0) return;
  const book = new Book(team.id);
  await book.lockRows(sql, changes.keys());
  for (const [key, amount] of changes) book.addSpend(key, amount);
  await book.write(sql, now);
}

async function repriceOne(
  sql: Sql,
  { team, policies, policy, now }: { team: Team; policies: Policies; policy: Policy; now: number },
  ref: ModelRef,
  entry: Unpriced,
  changes: Map<string, Nano>,
): Promise<void> {
  const at = entry.at.getTime();
  const { price } = policies.priced(policy, ref, at);
  const difference = costOf(usageIn(entry), price, { serviceTier: entry.service_tier ?? undefined, at }) - BigInt(entry.cost);
  const id = randomUUID();
  await sql.query(
    `insert into entry (team, id, kind, refers_to, person, provider, model, cost, price_ref, policy_version, at, received_at)
     values ($1, $2, 'repriced', $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[team.id, id, entry.id, entry.person, ref.provider, ref.model, difference.toString()],
      ...[policies.prices(policy, at).priceRef, entry.policy_version, entry.at, new Date(now)],
    ],
  );
  const rows = await sql.query<{ key: string }>(
    `insert into entry_allowance (team, entry, key, amount)
     select $1, $2, key, $4 from entry_allowance join allowance using (key)
     where entry_allowance.team = $1 and entry = $3 and unit = 'usd' returning key`,
    [team.id, id, entry.id, difference.toString()],
  );
  for (const { key } of rows) changes.set(key, (changes.get(key) ?? 0n) + difference);
}

function usageIn(entry: Unpriced) {
  return usageOf({
    input: entry.input,
    cacheRead: entry.cache_read,
    cacheWrite5m: entry.cache_write_5m,
    cacheWrite1h: entry.cache_write_1h,
    output: entry.output,
    audioIn: entry.audio_in,
    audioOut: entry.audio_out,
    ...(entry.calls && { calls: entry.calls }),
  });
}
