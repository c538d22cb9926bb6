import { randomUUID } from "node:crypto";
import { scopeOf } from "../../budget/allowance/allowance.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { max, type Nano } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { type WorkColumns, workOf } from "../../budget/policy/work.ts";
import { applicable } from "../../budget/verdict/verdict.ts";
import { costOf } from "../../prices/rates.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import { usageOf } from "../../wire/usage.ts";
import type { Sql, Store } from "../store/store.ts";
import { Book } from "./book.ts";
import { carryDebts } from "./debts.ts";
import { insertAmounts } from "./entryRows.ts";
import { appendEvent } from "./events.ts";
import { publishNotice } from "./notice.ts";
import { findTeam, type Policies, type Team } from "./policies.ts";
import { bringRow } from "./rows.ts";

/** Tells every team which prices are in force now, and prices again what they make known. */
export async function publishPrices(store: Store, policies: Policies, now: number): Promise<void> {
  const teams = await store.query<{ id: string }>("select id from team order by id");
  for (const { id } of teams) {
    await store.transaction(async (sql) => {
      const team = await findTeam(sql, id, "update");
      const policy = await policies.current(sql, team);
      await appendEvent(sql, id, "prices", { priceRef: policies.prices(policy.policy, now).priceRef }, new Date(now));
      await reprice(sql, team, policies, policy, now);
    });
    await publishNotice(store, { team: id, kind: "events" });
  }
}

interface Unpriced extends WorkColumns {
  id: string;
  kind: "settle" | "import";
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
  held_usd: string;
  policy_version: number;
  at: Date;
  received_at: Date;
}

/** Entries at another model's price that were not priced again since. */
const UNPRICED = `from entry where team = $1 and not price_known and not exists (
  select from entry as later where later.team = $1 and later.refers_to = entry.id and later.kind = 'repriced')`;

/**
 * Prices again what was booked while its model's price was not known, as far as `policy` or the catalogue knows it now: an entry
 * of its own says by how much, and the allowances that the request drew on count it. In the caller's transaction, which has
 * locked the team for update.
 */
export async function reprice(sql: Sql, team: Team, policies: Policies, version: PolicyVersion, now: number): Promise<void> {
  const { policy } = version;
  const changes: Change[] = [];
  const refs = await sql.query<ModelRef>(`select distinct provider, model ${UNPRICED}`, [team.id]);
  const known = refs.filter((one) => policies.priced(policy, one, now).priceKnown);
  const openings = known.length > 0 ? await openingsOf(sql, team) : [];
  for (const ref of known) {
    const entries = await sql.query<Unpriced>(`select * ${UNPRICED} and provider = $2 and model = $3 order by id`, [
      team.id,
      ref.provider,
      ref.model,
    ]);
    for (const entry of entries) changes.push(...(await repriceOne(sql, { team, policies, policy, now, openings }, ref, entry)));
  }
  if (changes.length === 0) return;
  const book = new Book(team.id);
  await book.lockRows(
    sql,
    changes.map(({ key }) => key),
  );
  for (const { key, spend, overshoot } of changes) {
    book.addSpend(key, spend);
    book.addOvershoot(key, overshoot);
  }
  await carryDebts(sql, { book, team, policy: version, now }, (key, before) =>
    bringRow(sql, { team: team.id, policy: version, now }, book, key, before),
  );
  await book.write(sql, now);
}

interface Repricing {
  team: Team;
  policies: Policies;
  policy: Policy;
  now: number;
  openings: readonly Opening[];
}

/** What an entry that is priced again changes in one allowance. */
interface Change {
  key: string;
  spend: Nano;
  overshoot: Nano;
}

async function repriceOne(
  sql: Sql,
  { team, policies, policy, now, openings }: Repricing,
  ref: ModelRef,
  entry: Unpriced,
): Promise<Change[]> {
  const at = entry.at.getTime();
  const { price } = policies.priced(policy, ref, at);
  const cost = costOf(usageIn(entry), price, { serviceTier: entry.service_tier ?? undefined, at });
  const difference = cost - BigInt(entry.cost);
  const above = (amount: Nano) => (entry.kind === "settle" ? max(0n, amount - BigInt(entry.held_usd)) : 0n);
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
  const own = new Set(rows.map(({ key }) => key));
  const opened = openings.flatMap((opening) =>
    !own.has(opening.key) && beganWith(opening, { ref, entry, team, policy }) ? [opening.key] : [],
  );
  await insertAmounts(
    sql,
    team.id,
    opened.map((key) => ({ entry: id, key, amount: difference })),
  );
  const overshoot = above(cost) - above(BigInt(entry.cost));
  return [
    ...rows.map(({ key }) => ({ key, spend: difference, overshoot })),
    ...opened.map((key) => ({ key, spend: difference, overshoot: 0n })),
  ];
}

/** An allowance that began with what entries came to which were there before its rule. */
interface Opening {
  key: string;
  rule: string;
  subject: string;
  period_start: Date;
  period_end: Date;
  received_at: Date;
}

function openingsOf(sql: Sql, team: Team): Promise<Opening[]> {
  return sql.query(
    `select key, rule, subject, period_start, period_end, received_at from entry
       join entry_allowance on entry_allowance.team = $1 and entry = entry.id join allowance using (key)
     where entry.team = $1 and kind = 'opening' and unit = 'usd'`,
    [team.id],
  );
}

/** Whether an allowance began with an entry, among others. */
function beganWith(
  opening: Opening,
  { ref, entry, team, policy }: { ref: ModelRef; entry: Unpriced; team: Team; policy: Policy },
) {
  const rule = policy.allowances.find(({ id }) => id === opening.rule);
  return (
    rule !== undefined &&
    applicable([scopeOf(rule, policy)], ref, workOf(entry)).length > 0 &&
    (opening.subject === team.id || opening.subject === entry.person) &&
    opening.period_start <= entry.at &&
    entry.at < opening.period_end &&
    entry.received_at <= opening.received_at
  );
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
