import * as z from "zod/mini";
import { DecimalSchema, ModelPattern } from "../fields.ts";
import { periodAt } from "../period/period.ts";
import type { MachineAllowance } from "./allowance.ts";

/** A budget that a person sets for themselves, where no team gives them an allowance: `{ limit: "20" }` is $20 a month. */
export const PersonalBudgetSchema = z.strictObject({
  limit: DecimalSchema,
  unit: z._default(z.enum(["usd", "tokens"]), "usd"),
  period: z._default(z.enum(["day", "week", "month"]), "month"),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(60))),
  /** Only requests to these models draw on it; absent: all. */
  models: z.optional(z.array(ModelPattern).check(z.minLength(1), z.maxLength(20))),
});
export type PersonalBudget = z.infer<typeof PersonalBudgetSchema>;

/** The most personal budgets that there may be. */
export const MOST_BUDGETS = 10;

const NAMES = { day: "Your day", week: "Your week", month: "Your month" } as const;

/**
 * A personal budget as an allowance of the period in which the instant `at` (epoch ms) lies, in the person's own time zone, with nothing
 * spent. Its key stays the same when only the limit or the name changes.
 */
export function personalAllowance(
  { limit, unit, period: kind, name = NAMES[kind], models }: PersonalBudget,
  timeZone: string,
  softLimit: number,
  at: number,
): MachineAllowance {
  const { key: period, start, resetsAt } = periodAt(kind, timeZone, at);
  const id = ["personal", unit, kind, ...(models ?? [])].join(":");
  return {
    ...{ key: `${id}|me|${period}`, id, name, unit, limit, softLimit },
    per: "personal",
    ...(models && { models }),
    period: { kind, start, resetsAt },
    spend: "0",
    held: "0",
    ownFree: "0",
  };
}
