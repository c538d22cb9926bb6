import { createHash } from "node:crypto";
import { type Allowance, ruledBy, scopeOf } from "../../budget/allowance/allowance.ts";
import { formatAmount, max, type Nano, parseAmount } from "../../budget/money.ts";
import { type Period, periodAfter, periodAt } from "../../budget/period/period.ts";
import type { AllowanceRule } from "../../budget/policy/allowanceRule.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import type { Person } from "../../protocol/endpoint.ts";
import { type AllowanceRow, limitOf } from "./allowanceRows.ts";

/** An allowance of the current period, as the policy says; its figures are in the row with its key. */
export interface Slot {
  key: string;
  rule: AllowanceRule;
  /** The person's id, or the team's. */
  subject: string;
  period: Period;
  limit: Nano;
  /** What may be used beyond the limit. */
  overdraft: Nano;
}

/** Whose an allowance is: the team's, or a person's, whose limit may be their own or their role's. */
export interface Subject {
  id: string;
  email?: string | null | undefined;
  role?: Person["role"] | null | undefined;
}

/** A person's allowances at the instant `now` (epoch ms). */
export function slotsOf({ allowances, timeZone }: Policy, team: string, person: Person, now: number): Slot[] {
  return allowances.map((rule) => slotOf(rule, timeZone, rule.per === "team" ? { id: team } : person, now));
}

/** The period at `now` of one subject's allowance: a person's, or the team's. */
function slotOf(rule: AllowanceRule, timeZone: string, subject: Subject, now: number): Slot {
  return slotIn(rule, subject, periodAt(rule.period, timeZone, now));
}

function slotIn(rule: AllowanceRule, subject: Subject, period: Period): Slot {
  // A rule may change its unit; dollars and tokens never meet in one row.
  const names = rule.unit === "usd" ? [rule.id, subject.id] : [rule.id, rule.unit, subject.id];
  const amounts = { limit: limitFor(rule, subject), overdraft: parseAmount(rule.overdraft ?? "0") };
  return { key: [...names, period.key].join("|"), rule, subject: subject.id, period, ...amounts };
}

/**
 * The period that repays what a row was overdrawn by: the next one, used or not. None where its rule is gone by now, or is of another
 * unit or kind of period. `owner` is who the row's subject is; without, its limit is nobody's own.
 */
export function slotAfter(
  { allowances, timeZone }: Policy,
  row: AllowanceRow,
  owner: Omit<Subject, "id"> = {},
): Slot | undefined {
  const rule = allowances.find(({ id }) => id === row.rule);
  const subject = { id: row.subject, ...owner };
  const own = rule && ownSlot(rule, timeZone, subject, row);
  return own && slotIn(rule, subject, periodAfter(rule.period, timeZone, Date.parse(own.period.start)));
}

/** The zones of the world are a good day apart. */
const DAY = 86_400_000;

/**
 * A row's own period by the policy's calendar: in another time zone than the one it was made in, it begins and ends at other instants.
 * None where its rule is of another unit or kind of period by now.
 */
export function ownSlot(
  rule: AllowanceRule,
  timeZone: string,
  subject: Subject,
  { key, periodStart, periodEnd }: Pick<AllowanceRow, "key" | "periodStart" | "periodEnd">,
): Slot | undefined {
  const middle = (periodStart + periodEnd) / 2;
  for (const at of [middle, middle - DAY, middle + DAY]) {
    const slot = slotIn(rule, subject, periodAt(rule.period, timeZone, at));
    if (slot.key === key) return slot;
  }
  return undefined;
}

/** A rule's limit for one person: their own, else that of their role; grants are on top of it. */
export function limitFor({ per, limit, limitFor = {}, limitForRole = {} }: AllowanceRule, subject: Subject): Nano {
  if (per === "team") return parseAmount(limit);
  const own = Object.entries(limitFor).find(([name]) => isNamed(subject, name))?.[1];
  return parseAmount(own ?? (subject.role && limitForRole[subject.role]) ?? limit);
}

function isNamed({ id, email }: Subject, name: string): boolean {
  return name === id || name.toLowerCase() === email?.toLowerCase();
}

/**
 * Names what decides which allowances a request draws on, but not how much is in them: an advance made under other rules is closed,
 * a changed limit applies to it at once.
 */
export function rulesOf(policy: Pick<Policy, "timeZone" | "allowances" | "purposes">): string {
  const { timeZone, allowances } = policy;
  const rules = allowances.map((rule) => {
    const { id, per, unit, period } = rule;
    return { id, per, unit, period, ...scopeOf(rule, policy) };
  });
  return createHash("sha256")
    .update(JSON.stringify([timeZone, rules]))
    .digest("hex")
    .slice(0, 16);
}

/** An allowance as its owner sees it at an instant (epoch ms); where no row exists yet, nothing was spent. */
export function viewOf(
  { key, rule, period, limit, overdraft }: Slot,
  policy: Policy,
  row: AllowanceRow | undefined,
  now: number,
): Allowance {
  const grants = row?.grants.filter(({ until }) => now < until) ?? [];
  return {
    key,
    ...ruledBy(rule, period, policy),
    limit: formatAmount(limitOf({ limit, grants }, now)),
    ...(overdraft > 0n && { overdraft: formatAmount(overdraft) }),
    ...(grants.length > 0 && {
      grants: grants.map(({ amount, until }) => ({ amount: formatAmount(amount), until: new Date(until).toISOString() })),
    }),
    softLimit: policy.softLimit,
    // A double charge may be taken back before the advance that was charged has said so.
    spend: formatAmount(max(0n, row?.spend ?? 0n)),
    held: formatAmount(row?.held ?? 0n),
    ...(row && row.overshoot > 0n && { overshoot: formatAmount(row.overshoot) }),
    ...(row && row.debt > 0n && { debt: formatAmount(row.debt) }),
  };
}
