import * as z from "zod/mini";
import { AmountSchema, DecimalSchema } from "../fields.ts";
import { max, type Nano, parseAmount, shareOf } from "../money.ts";
import type { Period } from "../period/period.ts";
import type { AllowanceRule } from "../policy/allowanceRule.ts";
import type { Policy } from "../policy/policy.ts";
import { exemptPurposes } from "../policy/purposes.ts";

/** An instant, ISO 8601 in UTC. */
export const InstantSchema = z.iso.datetime();

/** One allowance of one period, as the endpoint keeps it. Amounts are decimal strings of its unit. */
export const AllowanceSchema = z.object({
  /** Names the allowance AND its period, e.g. `dev-month|p_7|2026-11`; an advance is bound to such keys. */
  key: z.string(),
  id: z.string(),
  name: z.string(),
  per: z.enum(["developer", "team"]),
  unit: z.enum(["usd", "tokens"]),
  models: z.optional(z.array(z.string())),
  projects: z.optional(z.array(z.string())),
  /** Only requests with these purposes draw on it; absent: all but those with the `exempt` ones. */
  purposes: z.optional(z.array(z.string())),
  exempt: z.optional(z.array(z.string())),
  period: z.object({ kind: z.enum(["day", "week", "month"]), start: InstantSchema, resetsAt: InstantSchema }),
  limit: DecimalSchema,
  /** So much may be used beyond `limit`: the next period repays it. Absent: nothing. */
  overdraft: z.optional(DecimalSchema),
  /** Of `limit`: what approved requests for more add, each until its instant. Absent: nothing. */
  grants: z.optional(z.array(z.object({ amount: DecimalSchema, until: InstantSchema }))),
  /** Share of the limit where warnings start. */
  softLimit: z.number(),
  spend: AmountSchema,
  held: AmountSchema,
  /** Usage above its holds in this period, as far as it is known: the only way in which spend may pass the limit. Absent: none. */
  overshoot: z.optional(DecimalSchema),
  /** Of `spend`: what the period before was overdrawn by, which this one repays. Absent: nothing. */
  debt: z.optional(DecimalSchema),
});
export type Allowance = z.infer<typeof AllowanceSchema>;

/** Which requests draw on an allowance. */
export type Scope = Partial<Pick<Allowance, "models" | "projects" | "purposes" | "exempt">>;

/** An allowance as one machine sees it. */
export const MachineAllowanceSchema = z.extend(AllowanceSchema, {
  /** Whose: each developer's or the team's, as the team's policy says; or `personal`, which a person has set for themselves. */
  per: z.enum(["developer", "team", "personal"]),
  /**
   * Of `held`: what lies unspent in this machine's own advances, so is still the person's to use. Below 0: what was used here and neither
   * `spend` nor `held` has in it, because the endpoint was out of reach.
   */
  ownFree: z.string(),
});
export type MachineAllowance = z.infer<typeof MachineAllowanceSchema>;

/** Which requests draw on a rule's allowances. */
export function scopeOf({ models, projects, purposes }: AllowanceRule, policy: Pick<Policy, "purposes">): Scope {
  const exempt = exemptPurposes(policy.purposes);
  return {
    ...(models && { models }),
    ...(projects && { projects }),
    ...(purposes && { purposes }),
    ...(!purposes && exempt.length > 0 && { exempt }),
  };
}

/** Whether every request draws on it, but for those with exempt purposes. */
export function isGeneral({ models, projects, purposes }: Scope): boolean {
  return !models && !projects && !purposes;
}

/** What an allowance of a period has from its rule. */
export function ruledBy(
  rule: AllowanceRule,
  { start, resetsAt }: Period,
  policy: Pick<Policy, "purposes">,
): Pick<Allowance, "id" | "name" | "per" | "unit" | "period"> & Scope {
  const { id, name, per, unit, period: kind } = rule;
  return { id, name, per, unit, ...scopeOf(rule, policy), period: { kind, start, resetsAt } };
}

/** The figures of an allowance in nano units, for arithmetic and meters. */
export interface Figures {
  limit: Nano;
  /** Spend plus open holds: what a person has used, from where they sit. */
  used: Nano;
  /** `limit - used`, never below 0. */
  left: Nano;
  /** What may still be used: `left`, and what may be overdrawn. */
  remaining: Nano;
  /** What was used beyond the limit, where it may be overdrawn; else 0. */
  overdrawn: Nano;
  /** `used / limit`, above 1 when overdrawn. */
  share: number;
  level: "ok" | "soft" | "spent";
}

/** Reads an allowance's figures as its owner's meter shows them: money in the machine's own advance is not used yet. */
export function figuresOf(allowance: MachineAllowance): Figures {
  const limit = parseAmount(allowance.limit);
  const used = parseAmount(allowance.spend) + max(0n, parseAmount(allowance.held) - parseAmount(allowance.ownFree));
  const most = limit + parseAmount(allowance.overdraft ?? "0");
  const share = shareOf(used, limit);
  return {
    limit,
    used,
    left: max(0n, limit - used),
    remaining: max(0n, most - used),
    overdrawn: most > limit ? max(0n, used - limit) : 0n,
    share,
    level: used >= most ? "spent" : share >= allowance.softLimit ? "soft" : "ok",
  };
}

/** What a period was overdrawn by: the next one repays it. */
export function overdraftOf({ limit, spend }: { limit: Nano; spend: Nano }): Nano {
  return max(0n, spend - limit);
}

/** The tightest allowance: the largest share used; ties go to the one that resets last. */
export function tightestOf<A extends MachineAllowance>(allowances: readonly A[]): A | undefined {
  return allowances.toSorted(
    (a, b) => figuresOf(b).share - figuresOf(a).share || Date.parse(b.period.resetsAt) - Date.parse(a.period.resetsAt),
  )[0];
}
