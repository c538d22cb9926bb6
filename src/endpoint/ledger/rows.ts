import { randomUUID } from "node:crypto";
import type { Nano } from "../../budget/money.ts";
import { matchesModel } from "../../prices/pattern.ts";
import type { Person } from "../../protocol/endpoint.ts";
import type { Sql, Store } from "../store/store.ts";
import { type Slot, slotsOf } from "./allowances.ts";
import type { Clock } from "./clock.ts";
import { insertAmounts, insertEntries } from "./entryRows.ts";
import { findTeam, type Policies } from "./policies.ts";

/** Allowances of these people have no row yet: those are made in a transaction of their own, then the one that threw this begins anew. */
export class RowsMissing extends Error {
  override name = "RowsMissing";
  readonly team: string;
  readonly people: readonly Person[];

  constructor(team: string, people: readonly Person[]) {
    super("allowances have no row yet");
    this.team = team;
    this.people = people;
  }
}

/** More often than this rows are not found missing: once when a period began, once more when a policy was pushed at that moment. */
const MOST_TRIES = 5;

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

  /** Does `work`, again whenever it threw for want of rows. */
  async provide<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RowsMissing) || tries === MOST_TRIES) throw error;
        await this.#make(error);
      }
    }
  }

  async #make({ team: teamId, people }: RowsMissing): Promise<void> {
    await this.#store.transaction(async (sql) => {
      const team = await findTeam(sql, teamId, "share");
      const { version, policy } = await this.#policies.current(sql, team);
      const now = await this.#clock(sql);
      const slots = people.flatMap((person) => slotsOf(policy, team.id, person, now));
      const bySlot = new Map(slots.map((slot) => [slot.key, slot]));
      const rows = await sql.query<{ key: string }>("select key from allowance where key = any($1::text[])", [
        [...bySlot.keys()],
      ]);
      for (const { key } of rows) bySlot.delete(key);
      // In a fixed order: two processes may make the same rows.
      const missing = [...bySlot.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      for (const slot of missing) await insertRow(sql, teamId, slot, version, now);
    });
  }
}

/** A row begins with what the entries of its period already come to, because a rule may be new while its period is not. */
async function insertRow(sql: Sql, team: string, slot: Slot, policyVersion: number, now: number): Promise<void> {
  const { key, rule, subject, period, limit } = slot;
  const opening = await openingSpend(sql, team, slot);
  const created = await sql.query(
    `insert into allowance (key, team, rule, subject, period_start, period_end, unit, "limit", spend)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning key`,
    [key, team, rule.id, subject, period.start, period.resetsAt, rule.unit, limit.toString(), opening.toString()],
  );
  if (created.length === 0 || opening === 0n) return;
  const id = randomUUID();
  const at = new Date(now).toISOString();
  await insertEntries(sql, [{ team, id, kind: "opening", policy_version: policyVersion, at, received_at: at }]);
  await insertAmounts(sql, team, [{ entry: id, key, amount: opening }]);
}

async function openingSpend(sql: Sql, team: string, { rule, subject, period }: Slot): Promise<Nano> {
  const rows = await sql.query<{ provider: string; model: string; usd: string; tokens: string }>(
    `select provider, model, sum(cost) as usd, sum(tokens) as tokens from entry
     where team = $1 and kind in ('settle', 'import', 'repriced') and at >= $2 and at < $3 and ($4 = 'team' or person = $5)
     group by provider, model`,
    [team, period.start, period.resetsAt, rule.per, subject],
  );
  return rows
    .filter((ref) => rule.models?.some((pattern) => matchesModel(pattern, ref)) ?? true)
    .reduce((sum, row) => sum + BigInt(row[rule.unit]), 0n);
}
