import { randomUUID } from "node:crypto";
import { scopeOf } from "../../budget/allowance/allowance.ts";
import type { Nano } from "../../budget/money.ts";
import type { AllowanceRule } from "../../budget/policy/allowanceRule.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { type WorkColumns, workOf } from "../../budget/policy/work.ts";
import { applicable } from "../../budget/verdict/verdict.ts";
import type { Person, PolicyVersion } from "../../protocol/endpoint.ts";
import type { Sql, Store } from "../store/store.ts";
import { type AllowanceRow, lockRowBefore, overdraftOfRow, readRows } from "./allowanceRows.ts";
import { type Slot, type Subject, slotAfter, slotsOf } from "./allowances.ts";
import type { Book } from "./book.ts";
import type { Clock } from "./clock.ts";
import { insertDebts } from "./debts.ts";
import { insertAmounts, insertEntries } from "./entryRows.ts";
import { findTeam, type Policies } from "./policies.ts";

/**
 * A transaction has not locked all rows that it needs, and some may not exist yet. Those are made in a transaction of their own, then
 * the one that threw this begins anew: so every transaction takes its locks in one order, and holds none while it makes rows.
 */
export class RowsMissing extends Error {
  override name = "RowsMissing";
  readonly team: string;
  /** Their rows of now are missing. */
  readonly people: readonly Person[];
  /** The row with this key is missing, which follows another one. */
  readonly following: { key: string; before: AllowanceRow } | undefined;

  constructor(team: string, people: readonly Person[], following?: RowsMissing["following"]) {
    super("allowances have no row yet");
    this.team = team;
    this.people = people;
    this.following = following;
  }
}

/** As many periods may be overdrawn one after the other as a year has days. */
const MOST_TRIES = 370;

/** Makes the rows that a transaction finds missing. */
export class Rows {
  readonly #store: Store;
  readonly #policies: Policies;
  readonly #clock: Clock;

  constructor(store: Store, policies: Policies, clock: Clock) {
    this.#store = store;
    this.#policies = policies;
    this.#clock = clock;
  }

  /** Does `work`, again whenever it threw for want of rows. It is told which rows it found missing before, to lock them with the others. */
  async provide<T>(work: (found: readonly string[]) => Promise<T>): Promise<T> {
    const found: string[] = [];
    for (let tries = 1; ; tries++) {
      try {
        return await work(found);
      } catch (error) {
        if (!(error instanceof RowsMissing) || tries === MOST_TRIES) throw error;
        found.push(...(await this.#make(error)));
      }
    }
  }

  async #make({ team: teamId, people, following }: RowsMissing): Promise<string[]> {
    return this.#store.transaction(async (sql) => {
      const team = await findTeam(sql, teamId, "share");
      const policy = await this.#policies.current(sql, team);
      const now = await this.#clock(sql);
      const slots = people.flatMap((person) => slotsOf(policy.policy, team.id, person, now));
      if (following) slots.push(...(await slotBehind(sql, policy, following.before)));
      const keys = [...new Set([...slots.map(({ key }) => key), ...(following ? [following.key] : [])])];
      const existing = await readRows(sql, keys);
      // In a fixed order: two processes may make the same rows.
      const missing = keys.filter((key) => !existing.has(key)).sort();
      for (const slot of missing.flatMap((key) => slots.find((one) => one.key === key) ?? []))
        await makeRow(sql, { team: teamId, policy, now }, slot);
      return keys;
    });
  }
}

async function slotBehind(sql: Sql, { policy }: PolicyVersion, row: AllowanceRow): Promise<Slot[]> {
  const [owner] = await sql.query<Omit<Subject, "id">>("select email, role from person where id = $1", [row.subject]);
  const slot = slotAfter(policy, row, owner);
  return slot ? [slot] : [];
}

/** Brings a row that follows another one into the book, in the transaction of somebody who has locked the team for update. */
export async function bringRow(sql: Sql, making: Making, book: Book, key: string, before: AllowanceRow): Promise<void> {
  if ((await readRows(sql, [key])).size === 0)
    for (const slot of await slotBehind(sql, making.policy, before)) await makeRow(sql, making, slot);
  await book.lockRows(sql, [key]);
}

export interface Making {
  team: string;
  policy: PolicyVersion;
  now: number;
}

/** Makes a row, and those of unused periods before it over which an overdraft is repaid: each period repays the one before. */
async function makeRow(sql: Sql, making: Making, slot: Slot): Promise<void> {
  const { rule, subject, period } = slot;
  const start = Date.parse(period.start);
  let last = await lockRowBefore(sql, making.team, { rule: rule.id, subject, unit: rule.unit }, start);
  while (last && overdraftOfRow(last) > 0n) {
    const [between] = await slotBehind(sql, making.policy, last);
    if (!between || Date.parse(between.period.start) >= start) break;
    await insertRow(sql, making, between, last);
    last = (await readRows(sql, [between.key])).get(between.key)!;
  }
  const follows = last && slotAfter(making.policy.policy, last)?.key === slot.key;
  await insertRow(sql, making, slot, follows ? last : undefined);
}

/**
 * A row begins with what the entries of its period already come to, because a rule may be new while its period is not; and with what the
 * period before it was overdrawn by.
 */
async function insertRow(sql: Sql, { team, policy, now }: Making, slot: Slot, before: AllowanceRow | undefined): Promise<void> {
  const { key, rule, subject, period, limit, overdraft } = slot;
  const opening = await openingSpend(sql, team, policy.policy, slot);
  const debt = before ? overdraftOfRow(before) : 0n;
  const created = await sql.query(
    `insert into allowance (key, team, rule, subject, period_start, period_end, unit, "limit", overdraft, spend, debt, carries)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing returning key`,
    [
      ...[key, team, rule.id, subject, period.start, period.resetsAt, rule.unit],
      ...[limit, overdraft, opening + debt, debt].map(String),
      before?.key ?? null,
    ],
  );
  if (created.length === 0) return;
  if (debt > 0n) await insertDebts(sql, team, policy.version, [{ entry: randomUUID(), key, amount: debt }], now);
  await insertOpening(sql, { team, policy, now }, key, opening);
}

async function insertOpening(sql: Sql, { team, policy, now }: Making, key: string, amount: Nano): Promise<void> {
  if (amount === 0n) return;
  const id = randomUUID();
  const at = new Date(now).toISOString();
  await insertEntries(sql, [{ team, id, kind: "opening", policy_version: policy.version, at, received_at: at }]);
  await insertAmounts(sql, team, [{ entry: id, key, amount }]);
}

/** Since when a rule was gone that the newest policy brings back; undefined for one that is new, or was there before. */
export async function goneSince(
  sql: Sql,
  { team, policy }: Making,
  { id, unit, period }: AllowanceRule,
): Promise<Date | undefined> {
  const [gone] = await sql.query<{ since: Date }>(
    `select created_at as since from policy where team = $1 and version < $2 and version = (
       select max(version) + 1 from policy where team = $1 and version < $2 and document->'allowances' @> $3::jsonb)`,
    [team, policy.version, JSON.stringify([{ id, unit, period }])],
  );
  return gone?.since;
}

/** A row, which is locked, counts what was spent while its rule was gone, as a new one would: once, when the rule comes back. */
export async function countSince(sql: Sql, making: Making, book: Book, slot: Slot, since: Date): Promise<void> {
  const amount = await openingSpend(sql, making.team, making.policy.policy, slot, since);
  await insertOpening(sql, making, slot.key, amount);
  book.addSpend(slot.key, amount);
}

/**
 * For the allowance of a project or a purpose: of the entries that say that they were for it.
 * @param since only of those that the endpoint has heard of since, and that did not draw on the allowance
 */
async function openingSpend(
  sql: Sql,
  team: string,
  policy: Policy,
  { key, rule, subject, period }: Slot,
  since?: Date,
): Promise<Nano> {
  const scope = scopeOf(rule, policy);
  const rows = await sql.query<{ provider: string; model: string; usd: string; tokens: string } & WorkColumns>(
    `select provider, model, project, purpose, sum(cost) as usd, sum(tokens) as tokens from entry
     where team = $1 and kind in ('settle', 'import', 'repriced') and at >= $2 and at < $3 and ($4 = 'team' or person = $5)
       and ($6::timestamptz is null or received_at >= $6 and not exists (
         select from entry_allowance as drawn where drawn.team = $1 and drawn.entry = entry.id and drawn.key = $7))
     group by provider, model, project, purpose`,
    [team, period.start, period.resetsAt, rule.per, subject, since ?? null, key],
  );
  return rows
    .filter((row) => applicable([scope], row, workOf(row)).length > 0)
    .reduce((sum, row) => sum + BigInt(row[rule.unit]), 0n);
}
