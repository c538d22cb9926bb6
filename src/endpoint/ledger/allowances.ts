import { createHash, randomUUID } from "node:crypto";
import type { Allowance } from "../../budget/allowance.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import { type Period, periodAt } from "../../budget/period.ts";
import type { AllowanceRule, Policy } from "../../budget/policy.ts";
import { matchesModel } from "../../prices/pattern.ts";
import type { Person } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";

/** An allowance of the current period, as the policy says; its figures are in the row with its key. */
export interface Slot {
  key: string;
  rule: AllowanceRule;
  /** The person's id, or the team's. */
  subject: string;
  period: Period;
  limit: Nano;
}

export interface AllowanceRow {
  key: string;
  subject: string;
  unit: "usd" | "tokens";
  limit: string;
  spend: string;
  held: string;
  period_end: Date;
}

/** A person's allowances at the instant `now` (epoch ms). */
export function slotsOf(policy: Policy, team: string, person: Person, now: number): Slot[] {
  return policy.allowances.map((rule) => {
    const period = periodAt(rule.period, policy.timeZone, now);
    const subject = rule.per === "team" ? team : person.id;
    return { key: `${rule.id}|${subject}|${period.key}`, rule, subject, period, limit: limitFor(rule, person) };
  });
}

/** A rule's limit for one person. */
export function limitFor(rule: AllowanceRule, person: Pick<Person, "id" | "email">): Nano {
  const own = rule.per === "developer" && Object.entries(rule.limitFor ?? {}).find(([name]) => isNamed(person, name));
  return parseAmount(own ? own[1] : rule.limit);
}

function isNamed({ id, email }: Pick<Person, "id" | "email">, name: string): boolean {
  return name === id || name.toLowerCase() === email?.toLowerCase();
}

/**
 * Names what decides which allowances a request draws on, but not how much is in them: an advance made under other rules is closed,
 * a changed limit applies to it at once.
 */
export function rulesOf({ timeZone, allowances }: Policy): string {
  const rules = allowances.map(({ id, per, unit, period, models }) => ({ id, per, unit, period, models }));
  return createHash("sha256")
    .update(JSON.stringify([timeZone, rules]))
    .digest("hex")
    .slice(0, 16);
}

/**
 * Makes the rows that are missing, in a fixed order. A row begins with what the entries of its period already come to, because a
 * rule may be new while its period is not.
 */
export async function ensureRows(
  sql: Sql,
  team: string,
  slots: readonly Slot[],
  policyVersion: number,
  now: number,
): Promise<void> {
  const keys = slots.map(({ key }) => key);
  const rows = await sql.query<{ key: string }>("select key from allowance where key = any($1::text[])", [keys]);
  const known = new Set(rows.map(({ key }) => key));
  const missing = slots.filter(({ key }) => !known.has(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const slot of missing) await createRow(sql, team, slot, policyVersion, now);
}

async function createRow(sql: Sql, team: string, slot: Slot, policyVersion: number, now: number): Promise<void> {
  const { key, rule, subject, period, limit } = slot;
  const opening = await openingSpend(sql, team, slot);
  const created = await sql.query(
    `insert into allowance (key, team, rule, subject, period_start, period_end, unit, "limit", spend)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning key`,
    [key, team, rule.id, subject, period.start, period.resetsAt, rule.unit, limit.toString(), opening.toString()],
  );
  if (created.length === 0 || opening === 0n) return;
  const id = randomUUID();
  const at = new Date(now);
  await sql.query("insert into entry (team, id, kind, policy_version, at, received_at) values ($1, $2, 'opening', $3, $4, $4)", [
    team,
    id,
    policyVersion,
    at,
  ]);
  await sql.query("insert into entry_allowance (team, entry, key, amount) values ($1, $2, $3, $4)", [
    team,
    id,
    key,
    opening.toString(),
  ]);
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

/** The allowances as their owner sees them; where no row exists yet, nothing was spent. */
export async function viewsOf(sql: Sql, policy: Policy, slots: readonly Slot[]): Promise<Allowance[]> {
  const rows = await sql.query<AllowanceRow>("select * from allowance where key = any($1::text[])", [
    slots.map(({ key }) => key),
  ]);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return slots.map((slot) => viewOf(slot, policy, byKey.get(slot.key)));
}

function viewOf({ key, rule, period, limit }: Slot, policy: Policy, row: AllowanceRow | undefined): Allowance {
  return {
    key,
    id: rule.id,
    name: rule.name,
    per: rule.per,
    unit: rule.unit,
    ...(rule.models && { models: rule.models }),
    period: { kind: rule.period, start: period.start, resetsAt: period.resetsAt },
    limit: formatAmount(limit),
    softLimit: policy.softLimit,
    spend: formatAmount(BigInt(row?.spend ?? 0)),
    held: formatAmount(BigInt(row?.held ?? 0)),
  };
}

/** Locks rows by key until the transaction ends: a developer's in the order of their keys, the team's, which everybody wants, last. */
export async function lockRows(sql: Sql, team: string, keys: readonly string[]): Promise<AllowanceRow[]> {
  return sql.query<AllowanceRow>(
    "select * from allowance where team = $1 and key = any($2::text[]) order by subject = $1, key for update",
    [team, keys],
  );
}

/** Adds to the spend of locked rows. */
export async function addSpend(sql: Sql, changes: ReadonlyMap<string, Nano>): Promise<void> {
  const changed = [...changes].filter(([, amount]) => amount !== 0n);
  if (changed.length === 0) return;
  await sql.query(
    `update allowance set spend = spend + change.amount
     from unnest($1::text[], $2::numeric[]) as change(key, amount) where allowance.key = change.key`,
    [changed.map(([key]) => key), changed.map(([, amount]) => amount.toString())],
  );
}
