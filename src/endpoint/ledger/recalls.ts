import { callHome } from "../../budget/advance/recall.ts";
import { formatAmount, max, type Nano, parseAmount } from "../../budget/money.ts";
import type { Person } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { limitFor, rulesOf } from "./allowances.ts";
import type { Policies, Team } from "./policies.ts";
import { SEEN_LATELY } from "./sharing.ts";

/** A message to a machine that money must come home; what it says is also in the reply to the machine's next sync. */
export interface Recall {
  person: string;
  id: string;
  cap?: string;
  close?: boolean;
}

/** A need that was refused: by which allowance, and how much it was short. */
export interface Shortage {
  advance: string;
  key: string;
  short: Nano;
}

/** At most so many machines are asked to send money home for one allowance at once. */
const MOST_RECALLED = 50;

/**
 * Calls home, largest first, about twice what was short in each allowance that refused; `covered` are the allowances where as much as was
 * short is on its way, so that it is worth a moment's wait.
 */
export async function recallsFor(
  sql: Sql,
  team: string,
  shortages: readonly Shortage[],
  now: number,
): Promise<{ recalls: Recall[]; covered: ReadonlySet<string> }> {
  const covered = new Set<string>();
  const largest = new Map<string, Nano>();
  for (const { key, short } of shortages) largest.set(key, max(largest.get(key) ?? 0n, short));
  const recalls = new Map<string, Recall>();
  for (const [key, short] of largest) {
    const asking = shortages.filter((one) => one.key === key).map(({ advance }) => advance);
    const holders = await sql.query<{ id: string; person: string; free: string }>(
      `select id, person, granted - spent - returned - open as free from advance join advance_allowance on advance = advance.id
       where team = $1 and key = $2 and id <> all($3::text[]) and state = 'open' and last_seen > $4
         and granted - spent - returned - open > 0
       order by free desc limit $5`,
      [team, key, asking, new Date(now - SEEN_LATELY), MOST_RECALLED],
    );
    const home = callHome(
      holders.map(({ free, ...holder }) => ({ ...holder, free: BigInt(free) })),
      short,
    );
    for (const { id, person } of home.called) recalls.set(id, { person, id, cap: "0" });
    if (home.covers) covered.add(key);
  }
  return { recalls: [...recalls.values()], covered };
}

/** A pool near its end, and how much of it one machine may keep free. */
export interface Ending {
  key: string;
  cap: Nano;
}

/** At most so many machines hear of a cap at once. */
const MOST_TOLD = 500;

/**
 * Tells who has far more free than a share of a pool that is near its end (`hasFarMore`), the largest first; but not those `asking`, who are
 * answered.
 */
export async function capsNearEnd(
  sql: Sql,
  team: string,
  endings: readonly Ending[],
  asking: readonly string[],
  now: number,
): Promise<Recall[]> {
  const recalls: Recall[] = [];
  for (const { key, cap } of endings) {
    const holders = await sql.query<{ id: string; person: string }>(
      `select id, person from advance join advance_allowance on advance = advance.id
       where team = $1 and key = $2 and id <> all($3::text[]) and state = 'open' and last_seen > $4
         and 2 * (granted - spent - returned - open) > 3 * $5::numeric
       order by granted - spent - returned - open desc limit $6`,
      [team, key, asking, new Date(now - SEEN_LATELY), cap.toString(), MOST_TOLD],
    );
    recalls.push(...holders.map(({ id, person }) => ({ person, id, cap: formatAmount(cap) })));
  }
  return recalls;
}

/** So often a pool's machines are told (ms). */
const TELL_EVERY = 1000;

/** When machines of which pool were told. */
export class Pace {
  readonly #told = new Map<string, number>();

  /** Whether it is time for a pool; then it is not for a while. */
  isDue(key: string): boolean {
    const now = performance.now();
    if (now - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY) return false;
    for (const [other, at] of this.#told) if (now - at >= TELL_EVERY) this.#told.delete(other);
    this.#told.set(key, now);
    return true;
  }
}

interface Holder {
  id: string;
  person: string;
  rules: string;
  rule: string;
  used: string;
  granted: string;
  email: string | null;
  role: Person["role"];
}

/** Who must send money home after a change of policy or of somebody's role: everybody under other rules than before, or in an allowance beyond its limit. */
export async function recallsAfterChange(sql: Sql, team: Team, policies: Policies, now: number): Promise<Recall[]> {
  const { policy } = await policies.current(sql, team);
  const rules = rulesOf(policy);
  const holders = await sql.query<Holder>(
    `select advance.id, advance.person, rules, rule, spend + pool.held as used, email, role,
       (select coalesce(sum(amount), 0) from allowance_grant
        where allowance_grant.key = pool.key and allowance_grant.state = 'approved' and until > $2) as granted
     from advance join advance_allowance on advance.id = advance join whole_allowance as pool using (key) join person on person.id = advance.person
     where advance.team = $1 and advance.state = 'open' and advance.granted > spent + returned`,
    [team.id, new Date(now)],
  );
  const recalls = holders.flatMap((holder): Recall[] => {
    const { id, person, email, role } = holder;
    const rule = policy.allowances.find((one) => one.id === holder.rule);
    if (!rule || holder.rules !== rules) return [{ id, person, close: true }];
    const ceiling = limitFor(rule, { id: person, email, role }) + parseAmount(rule.overdraft ?? "0");
    return BigInt(holder.used) > ceiling + BigInt(holder.granted) ? [{ id, person, cap: "0" }] : [];
  });
  return [...new Map(recalls.map((recall) => [recall.id, recall])).values()];
}
