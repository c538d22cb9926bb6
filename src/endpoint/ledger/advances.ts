import { PARKED_FOR } from "../../budget/advance/recall.ts";
import { type Allowance, isGeneral } from "../../budget/allowance/allowance.ts";
import type { Unit } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { exemptPurposes } from "../../budget/policy/purposes.ts";
import type { OpenAdvance, Person, PolicyVersion, SyncReply } from "../../protocol/endpoint.ts";
import type { Sql, Store } from "../store/store.ts";
import { readRows } from "./allowanceRows.ts";
import { rulesOf, type Slot, slotsOf, viewOf } from "./allowances.ts";
import { BrokenPromise, mergeAll, WholeRowNeeded } from "./batch.ts";
import { type Clock, databaseClock } from "./clock.ts";
import { HotRows } from "./hotRows.ts";
import { publishRecalls } from "./notice.ts";
import { Parking } from "./parking.ts";
import { newId, type Principal } from "./people.ts";
import { findTeam, type Policies, type Team } from "./policies.ts";
import { Queue, type Result } from "./queue.ts";
import { Pace, type Recall, recallsAfterChange } from "./recalls.ts";
import { Refused } from "./refused.ts";
import { Rows, RowsMissing } from "./rows.ts";
import { NoSubRow, type SyncCall } from "./seats.ts";
import { Sharers } from "./sharing.ts";
import { waitForRows } from "./subRows.ts";

export interface AdvancesOptions {
  store: Store;
  policies: Policies;
  /** The database's by default. */
  clock?: Clock;
  /** Takes what an operator should look at. */
  warn: (message: string) => void;
  /** How machines share the pools; read once a second by default. */
  sharers?: Sharers;
  /** When rows that many wait for are split: by how long they are waited for, unless given. */
  hotRows?: HotRows;
  /** For how long a need waits for money to come home (ms); `PARKED_FOR` by default. */
  parked?: number;
}

/** Allowances as people see them, all of one moment. */
export interface AllowancesNow {
  team: Team;
  policy: PolicyVersion;
  /** Epoch ms. */
  now: number;
  /** In the order of the people asked for. */
  allowances: Allowance[][];
}

/** The advances of all teams over the store. Messages that wait for one team are merged together, in one transaction. */
export class Advances {
  readonly #store: Store;
  readonly #policies: Policies;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #sharers: Sharers;
  readonly #rows: Rows;
  readonly #parked: number;
  readonly #parking = new Parking();
  readonly #pace = new Pace();
  readonly #hotRows: HotRows;
  readonly #queue: Queue<SyncCall, Answered>;

  constructor({ store, policies, clock = databaseClock, warn, parked = PARKED_FOR, ...options }: AdvancesOptions) {
    this.#store = store;
    this.#policies = policies;
    this.#clock = clock;
    this.#warn = warn;
    this.#sharers = options.sharers ?? new Sharers();
    this.#hotRows = options.hotRows ?? new HotRows();
    this.#parked = parked;
    this.#rows = new Rows(store, policies, clock);
    this.#queue = new Queue({ work: (team, calls) => this.#merge(team, calls), isOneCalls });
  }

  /** What people of a team may use now. */
  async allowances(teamId: string, people: readonly Person[]): Promise<AllowancesNow> {
    return this.#rows.provide(() =>
      this.#store.transaction(async (sql) => {
        const team = await findTeam(sql, teamId);
        const policy = await this.#policies.current(sql, team);
        const now = await this.#clock(sql);
        const slots = people.map((person) => slotsOf(policy.policy, teamId, person, now));
        const rows = await readRows(
          sql,
          slots.flat().map(({ key }) => key),
        );
        const homeless = people.filter((_, i) => slots[i]!.some(({ key }) => !rows.has(key)));
        if (homeless.length > 0) throw new RowsMissing(teamId, homeless);
        const allowances = slots.map((own) => own.map((slot) => viewOf(slot, policy.policy, rows.get(slot.key), now)));
        return { team, policy, now, allowances };
      }),
    );
  }

  /**
   * Opens an advance with nothing in it, in the transaction that `inTransaction` begins, and answers what that does.
   * @throws Refused when its allowances are not exactly ones that a request could draw on now
   */
  async open<T>(
    { teamId, person }: Principal,
    asked: OpenAdvance,
    inTransaction: (work: (sql: Sql) => Promise<string>) => Promise<T>,
  ): Promise<T> {
    return this.#rows.provide(() =>
      inTransaction(async (sql) => {
        const team = await findTeam(sql, teamId, "share");
        const { policy } = await this.#policies.current(sql, team);
        const now = await this.#clock(sql);
        const slots = slotsOf(policy, teamId, person, now);
        checkKeys(slots, asked, policy);
        const rows = await readRows(sql, asked.allowances);
        if (asked.allowances.some((key) => !rows.has(key))) throw new RowsMissing(teamId, [person]);
        return insertAdvance(sql, teamId, person, asked, rulesOf(policy), now);
      }),
    );
  }

  /**
   * Merges a machine's message, grants, books its entries: committed when it resolves. What does not fit for want of money that others
   * hold unused is refused only after that money was called home and had a moment to come: a message may be merged again.
   * @throws Refused for an advance that is not this machine's
   */
  async sync(call: SyncCall): Promise<SyncReply> {
    const { teamId } = call.caller;
    let answer = await this.#queue.add(teamId, call);
    for (let tries = 0; answer.parked && tries < this.#parked / LOOK_EVERY; tries++) {
      await this.#parking.wait(teamId, LOOK_EVERY);
      answer = await this.#queue.add(teamId, call);
    }
    return answer.reply;
  }

  async #merge(team: string, calls: readonly SyncCall[]): Promise<Result<Answered>[]> {
    const parts = {
      ...{ policies: this.#policies, sharers: this.#sharers, pace: this.#pace, hotRows: this.#hotRows },
      clock: this.#clock,
    };
    const { replies, recalls, warnings, parked, cameHome } = await this.#rows.provide((found) =>
      this.#overSubRows(team, (whole) => this.#store.transaction((sql) => mergeAll(sql, parts, team, calls, { found, whole }))),
    );
    for (const warning of warnings) this.#warn(warning);
    this.#recall(team, recalls);
    if (cameHome) this.#parking.wake(team);
    return replies.map((result, i) =>
      "answer" in result ? { answer: { reply: result.answer, parked: parked.has(i) } } : result,
    );
  }

  /** Merges over sub-rows, as far as rows are split; over whole rows where those do not do. */
  async #overSubRows<T>(team: string, merge: (whole: boolean) => Promise<T>): Promise<T> {
    for (let tries = 0; tries < MOST_WAITS; tries++) {
      try {
        return await merge(false);
      } catch (error) {
        if (error instanceof WholeRowNeeded) break;
        if (!(error instanceof NoSubRow)) throw error;
        const found = await waitForRows(this.#store, error.keys);
        for (const [key, isSplit] of found) this.#hotRows.learn(team, key, isSplit);
      }
    }
    return merge(true);
  }

  /** Calls money home after a change of policy. */
  async recallAfterPush(teamId: string): Promise<void> {
    this.#recall(
      teamId,
      await recallsAfterChange(this.#store, await findTeam(this.#store, teamId), this.#policies, await this.#clock(this.#store)),
    );
  }

  #recall(team: string, recalls: readonly Recall[]): void {
    publishRecalls(this.#store, team, recalls).catch((error: Error) => this.#warn(`notice lost: ${error.message}`));
  }
}

interface Answered {
  reply: SyncReply;
  parked: boolean;
}

/** So often it is waited for others that have a row whole. */
const MOST_WAITS = 3;

/** A need that waits looks so often whether money came home to another process (ms). */
const LOOK_EVERY = 100;

/** Figures that make no sense (SQLSTATE 22 and 23), or texts too long for the database (54). In the database's own troubles no call would fare better alone. */
function isOneCalls(error: unknown): boolean {
  if (error instanceof BrokenPromise || error instanceof RangeError) return true;
  return /^(2[23]|54)/.test(String((error as { code?: unknown }).code));
}

/**
 * An advance draws on allowances of the person's, of its unit and of now; those that count every request are always among them, but where
 * all are of one exempt purpose.
 */
function checkKeys(
  slots: readonly Slot[],
  { unit, allowances: keys }: { unit: Unit; allowances: readonly string[] },
  { purposes }: Policy,
): void {
  const possible = new Map(slots.filter(({ rule }) => rule.unit === unit).map((slot) => [slot.key, slot]));
  const faults = keys.flatMap((key, i) =>
    possible.has(key) ? [] : [{ pointer: `/allowances/${i}`, detail: `${key} is none of your current allowances in ${unit}` }],
  );
  const drawn = keys.flatMap((key) => possible.get(key) ?? []);
  const exempt = exemptPurposes(purposes).some((id) => drawn.every(({ rule }) => rule.purposes?.includes(id)));
  for (const { key, rule } of possible.values()) {
    if (isGeneral(rule) && !exempt && !keys.includes(key))
      faults.push({ pointer: "/allowances", detail: `${key} counts every request, so it must be among them` });
  }
  if (faults.length > 0)
    throw new Refused(
      "staleAllowances",
      "The allowances have changed. Read GET /v1/me again and open an advance for those.",
      faults,
    );
}

async function insertAdvance(
  sql: Sql,
  team: string,
  person: Person,
  { machine, unit, allowances }: OpenAdvance,
  rules: string,
  now: number,
): Promise<string> {
  const id = newId("a");
  await sql.query(
    `insert into advance (id, team, person, machine, unit, rules, created_at, last_seen, deadline)
     values ($1, $2, $3, $4, $5, $6, $7, $7, $7)`,
    [id, team, person.id, machine, unit, rules, new Date(now)],
  );
  await sql.query("insert into advance_allowance (advance, key) select distinct $1, key from unnest($2::text[]) as key", [
    id,
    allowances,
  ]);
  return id;
}
