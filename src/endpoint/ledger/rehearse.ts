import { setImmediate as turn } from "node:timers/promises";
import { type Raise, raisedBy } from "../../budget/allowance/grant.ts";
import { formatAmount } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { type WorkColumns, workOf } from "../../budget/policy/work.ts";
import { type PastRequest, Rehearsal, type RehearsalSummary } from "../../budget/policyEdit/rehearsal.ts";
import type { Person } from "../../protocol/endpoint.ts";
import type { Store } from "../store/store.ts";
import { limitFor } from "./allowances.ts";
import { personOf } from "./people.ts";
import type { Policies } from "./policies.ts";

/** How far back a rehearsal goes, in days. */
const REHEARSED_DAYS = 30;
/** Requests that are replayed before others get a turn. */
const PAGE = 2_000;

/** Tries a draft on the team's requests of the last 30 days. Changes nothing. */
export async function rehearse(
  store: Store,
  policies: Policies,
  team: string,
  policy: Policy,
  now: number,
): Promise<RehearsalSummary> {
  const people = await peopleOf(store, team);
  const grants = await grantsSince(store, team, now - REHEARSED_DAYS * 86_400_000);
  const rehearsal = new Rehearsal({
    policy,
    limitFor: (rule, person, at) =>
      limitFor(rule, people.get(person)!) +
      raisedBy(grants.get(`${rule.id} ${rule.unit} ${person}`)?.filter(({ from }) => from <= at) ?? [], at),
    priced: (ref, at) => policies.priced(policy, ref, at),
  });
  let requests = 0;
  for await (const page of pagesOf(store, team, now - REHEARSED_DAYS * 86_400_000)) {
    for (const request of page) rehearsal.replay(request);
    requests += page.length;
    await turn();
  }
  const rows = [...people.values()].map(({ id, name }) => {
    const { requests, asked, blocked, saved } = rehearsal.outcomes.get(id) ?? { requests: 0, asked: 0, blocked: 0, saved: 0n };
    return { name, requests, asked, blocked, saved: formatAmount(saved) };
  });
  const purposes = policy.purposes.list.flatMap(({ id, name }) => {
    const outcome = rehearsal.purposes.get(id);
    return outcome ? [{ name, asked: outcome.asked, blocked: outcome.blocked }] : [];
  });
  return { days: REHEARSED_DAYS, requests, people: rows, ...(purposes.length > 0 && { purposes }) };
}

async function peopleOf(store: Store, team: string): Promise<Map<string, Person>> {
  const rows = await store.query<{ id: string; name: string; email: string | null; role: Person["role"] }>(
    "select id, name, email, role from person where team = $1 order by name, id",
    [team],
  );
  return new Map(rows.map((row) => [row.id, personOf(row)]));
}

/** What was granted, by rule, unit and person. */
async function grantsSince(store: Store, team: string, since: number): Promise<Map<string, (Raise & { from: number })[]>> {
  const rows = await store.query<{ name: string; amount: string; decided_at: Date; until: Date }>(
    `select rule || ' ' || unit || ' ' || person as name, amount, decided_at, until from allowance_grant
     where team = $1 and state = 'approved' and until > $2`,
    [team, new Date(since)],
  );
  const raises = rows.map(({ name, amount, decided_at, until }) => ({
    ...{ name, amount: BigInt(amount), from: decided_at.getTime(), until: until.getTime() },
  }));
  return Map.groupBy(raises, ({ name }) => name);
}

interface EntryRow extends WorkColumns {
  id: string;
  person: string;
  provider: string;
  model: string;
  service_tier: string | null;
  input: string;
  cache_read: string;
  cache_write_5m: string;
  cache_write_1h: string;
  output: string;
  audio_in: string;
  audio_out: string;
  calls: Record<string, number> | null;
  cost: string;
  held_usd: string;
  at: Date;
}

/** The team's requests since an instant (epoch ms), oldest first. */
async function* pagesOf(store: Store, team: string, since: number): AsyncGenerator<PastRequest[]> {
  let [at, id] = [new Date(since), "00000000-0000-0000-0000-000000000000"];
  for (;;) {
    const rows = await store.query<EntryRow>(
      `select id, person, provider, model, project, purpose, service_tier, input, cache_read, cache_write_5m, cache_write_1h, output, audio_in, audio_out,
              calls, cost, held_usd, at
       from entry where team = $1 and kind in ('settle', 'import') and (at, id) > ($2, $3::uuid) order by at, id limit ${PAGE}`,
      [team, at, id],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(requestOf);
    if (rows.length < PAGE) return;
    [at, id] = [last.at, last.id];
  }
}

function requestOf(row: EntryRow): PastRequest {
  return {
    person: row.person,
    provider: row.provider,
    model: row.model,
    ...workOf(row),
    serviceTier: row.service_tier ?? undefined,
    at: row.at.getTime(),
    usage: {
      input: Number(row.input),
      cacheRead: Number(row.cache_read),
      cacheWrite5m: Number(row.cache_write_5m),
      cacheWrite1h: Number(row.cache_write_1h),
      output: Number(row.output),
      audioIn: Number(row.audio_in),
      audioOut: Number(row.audio_out),
      ...(row.calls && { calls: row.calls }),
    },
    cost: BigInt(row.cost),
    held: BigInt(row.held_usd),
  };
}
