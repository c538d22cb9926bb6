import {
  type Advance,
  type AdvanceState,
  applySync,
  brokenInvariants,
  capOf,
  heldOf,
  type Outcome,
  type Pool,
  type Report,
  type Sharing,
  timeToLive,
} from "../../budget/advance/endpoint.ts";
import type { Allowance } from "../../budget/allowance.ts";
import { formatAmount, max, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import type { OpenAdvance, PolicyVersion, Sync, SyncReply } from "../../protocol/endpoint.ts";
import type { Sql, Store } from "../store/store.ts";
import {
  type AllowanceRow,
  addSpend,
  ensureRows,
  limitFor,
  lockRows,
  rulesOf,
  type Slot,
  slotsOf,
  viewsOf,
} from "./allowances.ts";
import { bookSettled } from "./entries.ts";
import { newId, type Principal } from "./people.ts";
import { findTeam, type Policies, type Team } from "./policies.ts";

/** Machines heard of within this time share what is left (ms). */
const SEEN_LATELY = 120_000;

/** A call that the ledger does not take, with what to do about it. */
export class Refused extends Error {
  override name = "Refused";
  readonly reason: "unknownAdvance" | "otherMachine" | "staleAllowances";
  readonly faults: { pointer: string; detail: string }[];

  constructor(reason: Refused["reason"], detail: string, faults: Refused["faults"] = []) {
    super(detail);
    this.reason = reason;
    this.faults = faults;
  }
}

interface AdvanceRow {
  id: string;
  person: string;
  machine: string;
  unit: Unit;
  rules: string;
  granted: string;
  spent: string;
  returned: string;
  open: string;
  seq: number;
  state: AdvanceState;
}

/** An advance with free money, and one allowance that it draws on. */
interface HolderRow {
  id: string;
  person: string;
  rules: string;
  rule: string;
  used: string;
  email: string | null;
}

/** A message to a machine that money must come home; what it says is also in the reply to the machine's next sync. */
export interface Recall {
  person: string;
  id: string;
  cap?: string;
  close?: boolean;
}

export interface AdvancesOptions {
  store: Store;
  policies: Policies;
  /** Epoch ms. */
  clock: () => number;
  /** Takes what an operator should look at. */
  warn: (message: string) => void;
}

/** What a sync works with once everything that it may change is locked. */
interface Locked {
  team: Team;
  policy: PolicyVersion;
  slots: Slot[];
  row: AdvanceRow;
  /** The advance's own allowances. */
  own: AllowanceRow[];
  /** Those, and the ones that its entries name. */
  rows: AllowanceRow[];
  now: number;
}

/** The advances of all teams over the store: the pure rules of `budget/advance/endpoint.ts`, each message in one transaction. */
export class Advances {
  readonly #store: Store;
  readonly #policies: Policies;
  readonly #clock: () => number;
  readonly #warn: (message: string) => void;

  constructor({ store, policies, clock, warn }: AdvancesOptions) {
    this.#store = store;
    this.#policies = policies;
    this.#clock = clock;
    this.#warn = warn;
  }

  /** The person's allowances now. */
  async allowances(principal: Principal): Promise<{ team: Team; policy: PolicyVersion; allowances: Allowance[] }> {
    return this.#store.transaction(async (sql) => {
      const { team, policy, slots } = await this.#current(sql, principal, this.#clock(), "unlocked");
      return { team, policy, allowances: await viewsOf(sql, policy.policy, slots) };
    });
  }

  /**
   * Opens an advance with nothing in it, in the caller's transaction.
   * @throws Refused when its allowances are not exactly ones that a request could draw on now
   */
  async open(sql: Sql, principal: Principal, { machine, unit, allowances }: OpenAdvance): Promise<string> {
    const now = this.#clock();
    const { team, policy, slots } = await this.#current(sql, principal, now);
    checkKeys(slots, unit, allowances);
    const id = newId("a");
    await sql.query(
      `insert into advance (id, team, person, machine, unit, rules, created_at, last_seen, deadline)
       values ($1, $2, $3, $4, $5, $6, $7, $7, $7)`,
      [id, team.id, principal.person.id, machine, unit, rulesOf(policy.policy), new Date(now)],
    );
    await sql.query("insert into advance_allowance (advance, key) select distinct $1, key from unnest($2::text[]) as key", [
      id,
      allowances,
    ]);
    return id;
  }

  /**
   * Merges a machine's message, grants, books its entries. What was refused for want of money that others hold unused is called home.
   * @throws Refused for an advance that is not this machine's
   */
  async sync(principal: Principal, id: string, message: Sync): Promise<{ reply: SyncReply; recalls: Recall[] }> {
    return this.#store.transaction(async (sql) => {
      const locked = await this.#lock(sql, principal, id, message);
      const outcome = await this.#merge(sql, principal, locked, message);
      const { acknowledged, changes } = await bookSettled(sql, this.#booking(principal, locked), message.entries);
      await addSpend(sql, changes);
      const reply: SyncReply = {
        seq: outcome.advance.seq,
        granted: formatAmount(outcome.advance.granted),
        ttl: outcome.ttl,
        cap: formatAmount(outcome.cap),
        ...(outcome.close && { close: true }),
        refused: outcome.refused.map((refusal) => refusalOf(refusal, locked.own)),
        entries: acknowledged,
        allowances: await viewsOf(sql, locked.policy.policy, locked.slots),
        ...(message.policyVersion !== locked.policy.version && { policy: locked.policy }),
        now: new Date(locked.now).toISOString(),
      };
      return { reply, recalls: await recallsFor(sql, id, outcome.refused, message.needs, locked.now) };
    });
  }

  /** Who must send money home after a change of policy: everybody under other rules than before, or in an allowance beyond its limit. */
  async recallsAfterPush(teamId: string): Promise<Recall[]> {
    const team = await findTeam(this.#store, teamId);
    const { policy } = await this.#policies.current(this.#store, team);
    const rules = rulesOf(policy);
    const rows = await this.#store.query<HolderRow>(
      `select advance.id, advance.person, rules, rule, spend + allowance.held as used, email
       from advance join advance_allowance on advance.id = advance join allowance using (key) join person on person.id = advance.person
       where advance.team = $1 and state = 'open' and granted > spent + returned`,
      [teamId],
    );
    const recalls = rows.flatMap((row): Recall[] => {
      const rule = policy.allowances.find(({ id }) => id === row.rule);
      if (!rule || row.rules !== rules) return [{ id: row.id, person: row.person, close: true }];
      const limit = limitFor(rule, { id: row.person, ...(row.email !== null && { email: row.email }) });
      return BigInt(row.used) > limit ? [{ id: row.id, person: row.person, cap: "0" }] : [];
    });
    return [...new Map(recalls.map((recall) => [recall.id, recall])).values()];
  }

  async #current(
    sql: Sql,
    { teamId, person }: Principal,
    now: number,
    lock: "share" | "unlocked" = "share",
  ): Promise<Pick<Locked, "team" | "policy" | "slots">> {
    const team = await findTeam(sql, teamId, lock === "share" ? lock : undefined);
    const policy = await this.#policies.current(sql, team);
    const slots = slotsOf(policy.policy, team.id, person, now);
    await ensureRows(sql, team.id, slots, policy.version, now);
    return { team, policy, slots };
  }

  /** Takes every lock of a sync in the one order that all syncs keep: team, advance, allowances. */
  async #lock(sql: Sql, principal: Principal, id: string, message: Sync): Promise<Locked> {
    const now = this.#clock();
    const current = await this.#current(sql, principal, now);
    const [row] = await sql.query<AdvanceRow>("select * from advance where id = $1 and person = $2 for update", [
      id,
      principal.person.id,
    ]);
    if (!row) throw new Refused("unknownAdvance", "You have no such advance. Open one with POST /v1/advances.");
    if (message.machine !== undefined && message.machine !== row.machine)
      throw new Refused(
        "otherMachine",
        "Another machine, or another run of the daemon, owns this advance. Open one of your own.",
      );
    const keys = await sql.query<{ key: string }>("select key from advance_allowance where advance = $1", [id]);
    const own = new Set(keys.map(({ key }) => key));
    const named = message.entries.flatMap(({ allowances }) => allowances);
    const rows = await lockRows(sql, current.team.id, [...new Set([...own, ...named])]);
    const mine = rows
      .filter(({ subject }) => subject === principal.person.id || subject === principal.teamId)
      .map((allowance) => asOfNow(allowance, current.slots));
    return { ...current, row, own: mine.filter(({ key }) => own.has(key)), rows: mine, now };
  }

  /** Applies the pure rules to the locked rows and writes what they say. */
  async #merge(
    sql: Sql,
    principal: Principal,
    { policy, row, own, now }: Locked,
    message: Sync,
  ): Promise<Outcome & { cap: Nano; ttl: number; close: boolean }> {
    const advance = advanceOf(row);
    const pools = own.map(poolOf);
    const longest = timeToLive(
      own.map(({ period_end }) => period_end.getTime()),
      now,
    );
    const close = principal.reportOnly || longest === 0 || row.rules !== rulesOf(policy.policy) || advance.state !== "open";
    const cap = close ? 0n : capOf(await sharingOf(sql, row.id, pools, now), row.unit);
    const report = reportOf(message);
    const outcome = applySync(advance, pools, report, { cap, close });
    const broken = brokenInvariants({ advance, pools }, outcome, report);
    if (broken.length > 0) throw new Error(`advance ${row.id}: ${broken.join("; ")}`);
    if (outcome.adopted)
      this.#warn(
        `advance ${row.id} of ${row.person}: its machine had seen ${message.granted} granted, we knew less. Was an old backup restored?`,
      );
    const ttl = close ? 0 : longest;
    await writeAdvance(sql, row.id, outcome.advance, now, ttl);
    await writePools(sql, outcome, { advance, pools });
    return { ...outcome, cap, ttl, close };
  }

  #booking(principal: Principal, { team, row, own, rows, now }: Locked) {
    return {
      team,
      personId: principal.person.id,
      advanceId: row.id,
      policies: this.#policies,
      units: new Map(rows.map(({ key, unit }) => [key, unit])),
      reported: new Set(own.map(({ key }) => key)),
      now,
    };
  }
}

/** An advance draws on allowances of the person's, of its unit and of now; those that count every model are always among them. */
function checkKeys(slots: readonly Slot[], unit: Unit, keys: readonly string[]): void {
  const possible = new Map(slots.filter(({ rule }) => rule.unit === unit).map((slot) => [slot.key, slot]));
  const faults = keys.flatMap((key, i) =>
    possible.has(key) ? [] : [{ pointer: `/allowances/${i}`, detail: `${key} is none of your current allowances in ${unit}` }],
  );
  for (const { key, rule } of possible.values()) {
    if (!rule.models && !keys.includes(key))
      faults.push({ pointer: "/allowances", detail: `${key} counts every model, so it must be among them` });
  }
  if (faults.length > 0)
    throw new Refused(
      "staleAllowances",
      "The allowances have changed. Read GET /v1/me again and open an advance for those.",
      faults,
    );
}

function advanceOf({ granted, spent, returned, open, seq, state }: AdvanceRow): Advance {
  return { granted: BigInt(granted), spent: BigInt(spent), returned: BigInt(returned), open: BigInt(open), seq, state };
}

/** Limit and end are those of the policy in force; of a period or a rule that is over, the ones it had at last. */
function asOfNow(row: AllowanceRow, slots: readonly Slot[]): AllowanceRow {
  const slot = slots.find(({ key }) => key === row.key);
  return slot ? { ...row, limit: slot.limit.toString(), period_end: new Date(slot.period.resetsAt) } : row;
}

function poolOf({ key, limit, spend, held }: AllowanceRow): Pool {
  return { key, limit: BigInt(limit), spend: BigInt(spend), held: BigInt(held) };
}

function reportOf({ seq, granted, spent, returned, open, needs, want }: Sync): Report {
  return {
    seq,
    granted: parseAmount(granted),
    spent: parseAmount(spent),
    returned: parseAmount(returned),
    open: parseAmount(open),
    needs: needs.map(({ id, amount }) => ({ id, amount: parseAmount(amount) })),
    want: parseAmount(want),
  };
}

/** How each pool is shared by the machines seen lately. Read without locks: it sizes advances, it does not admit. */
async function sharingOf(sql: Sql, advanceId: string, pools: readonly Pool[], now: number): Promise<Sharing[]> {
  const rows = await sql.query<{ key: string; machines: number; free: string }>(
    `select key, count(distinct machine) as machines, sum(greatest(0, granted - spent - returned - open)) as free
     from advance_allowance join advance on advance.id = advance
     where key = any($1::text[]) and (last_seen > $2 or advance.id = $3) and state = 'open' group by key`,
    [pools.map(({ key }) => key), new Date(now - SEEN_LATELY), advanceId],
  );
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return pools.map(({ key, limit, spend, held }) => ({
    unallocated: max(0n, limit - spend - held),
    free: limit < spend + held ? 0n : BigInt(byKey.get(key)?.free ?? 0),
    machines: byKey.get(key)?.machines ?? 1,
  }));
}

/** At most so many machines are asked to send money home for one refusal. */
const MOST_RECALLED = 50;

/** Calls home, largest first, about twice what was short in each allowance that refused. It helps the next try, not this one. */
async function recallsFor(
  sql: Sql,
  advanceId: string,
  refused: Outcome["refused"],
  needs: Sync["needs"],
  now: number,
): Promise<Recall[]> {
  const recalls = new Map<string, Recall>();
  const largest = new Map<string, Nano>();
  for (const { id, key, remaining } of refused) {
    const short = parseAmount(needs.find((need) => need.id === id)!.amount) - remaining;
    largest.set(key, max(largest.get(key) ?? 0n, short));
  }
  for (const [key, short] of largest) {
    const holders = await sql.query<{ id: string; person: string; free: string }>(
      `select id, person, granted - spent - returned - open as free from advance_allowance join advance on advance.id = advance
       where key = $1 and advance.id <> $2 and state = 'open' and last_seen > $3 and granted - spent - returned - open > 0
       order by free desc limit $4`,
      [key, advanceId, new Date(now - SEEN_LATELY), MOST_RECALLED],
    );
    let found = 0n;
    for (const { id, person, free } of holders) {
      if (found >= 2n * short) break;
      found += BigInt(free);
      recalls.set(id, { person, id, cap: "0" });
    }
  }
  return [...recalls.values()];
}

async function writeAdvance(
  sql: Sql,
  id: string,
  { granted, spent, returned, open, seq, state }: Advance,
  now: number,
  ttl: number,
): Promise<void> {
  await sql.query(
    `update advance set granted = $2, spent = $3, returned = $4, open = $5, seq = $6, state = $7, last_seen = $8, deadline = $9 where id = $1`,
    [id, ...[granted, spent, returned, open].map(String), seq, state, new Date(now), new Date(now + ttl * 1000)],
  );
}

async function writePools(
  sql: Sql,
  { advance, pools }: Outcome,
  before: { advance: Advance; pools: readonly Pool[] },
): Promise<void> {
  await sql.query(
    `update allowance set spend = spend + $2, held = held + $3, "limit" = change.lim
     from unnest($1::text[], $4::numeric[]) as change(key, lim) where allowance.key = change.key`,
    [
      pools.map(({ key }) => key),
      (advance.spent - before.advance.spent).toString(),
      (heldOf(advance) - heldOf(before.advance)).toString(),
      pools.map(({ limit }) => limit.toString()),
    ],
  );
}

function refusalOf(
  { id, key, remaining }: Outcome["refused"][number],
  rows: readonly AllowanceRow[],
): SyncReply["refused"][number] {
  const { period_end } = rows.find((row) => row.key === key)!;
  return { id, allowance: key, remaining: formatAmount(remaining), resetsAt: period_end.toISOString() };
}
