import { createHash } from "node:crypto";
import type { Allowance } from "../../budget/allowance.ts";
import { formatAmount, max, type Nano, parseAmount } from "../../budget/money.ts";
import { type Period, type PeriodKind, periodAt } from "../../budget/period.ts";
import type { AllowanceRule, Policy } from "../../budget/policy.ts";
import type { Person } from "../../protocol/endpoint.ts";
import type { AllowanceRow } from "./book.ts";

/** An allowance of the current period, as the policy says; its figures are in the row with its key. */
export interface Slot {
  key: string;
  rule: AllowanceRule;
  /** The person's id, or the team's. */
  subject: string;
  period: Period;
  limit: Nano;
}

/** A person's allowances at the instant `now` (epoch ms). */
export function slotsOf({ allowances, timeZone }: Policy, team: string, person: Person, now: number): Slot[] {
  return allowances.map((rule) => slotOf(rule, timeZone, rule.per === "team" ? { id: team } : person, now));
}

/** The period at `now` of one subject's allowance: a person's, or the team's. */
export function slotOf(rule: AllowanceRule, timeZone: string, subject: Pick<Person, "id" | "email">, now: number): Slot {
  const period = periodOf(rule.period, timeZone, now);
  const key = `${rule.id}|${subject.id}|${period.key}`;
  return { key, rule, subject: subject.id, period, limit: limitFor(rule, subject) };
}

/** The periods found last: the same few are asked for again and again, and a calendar is slow (50 µs). */
const found = new Map<string, Period>();

function periodOf(kind: PeriodKind, timeZone: string, now: number): Period {
  const name = `${kind} ${timeZone}`;
  const last = found.get(name);
  if (last && Date.parse(last.start) <= now && now < Date.parse(last.resetsAt)) return last;
  const period = periodAt(kind, timeZone, now);
  found.set(name, period);
  return period;
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

/** An allowance as its owner sees it; where no row exists yet, nothing was spent. */
export function viewOf({ key, rule, period, limit }: Slot, policy: Policy, row: AllowanceRow | undefined): Allowance {
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
    // A double charge may be taken back before the advance that was charged has said so.
    spend: formatAmount(max(0n, row?.spend ?? 0n)),
    held: formatAmount(row?.held ?? 0n),
  };
}
