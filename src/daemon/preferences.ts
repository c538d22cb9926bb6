import * as z from "zod/mini";
import { MOST_BUDGETS, PersonalBudgetSchema } from "../budget/allowance/personal.ts";
import { MOST_PLANS, PlanSchema } from "../budget/plan/plan.ts";
import type { Preferences } from "../protocol/daemon.ts";
import type { Ledger } from "./ledger/ledger.ts";

/** Under this name the ledger keeps what the person chose last, in whatever window. */
export const PREFERENCES = "preferences";

const PreferencesSchema = z.object({
  refreshPrices: z.boolean(),
  plans: z.array(PlanSchema).check(z.maxLength(MOST_PLANS)),
  budgets: z._default(z.array(PersonalBudgetSchema).check(z.maxLength(MOST_BUDGETS)), []),
});

export function savedPreferences(ledger: Ledger): Preferences {
  const saved = PreferencesSchema.safeParse(ledger.snapshot("", PREFERENCES));
  return saved.success ? saved.data : { refreshPrices: true, plans: [], budgets: [] };
}

/** @throws Error when they make no sense */
export function checkedPreferences(preferences: Preferences): Preferences {
  const checked = PreferencesSchema.safeParse(preferences);
  if (!checked.success) throw new Error("these preferences make no sense");
  return checked.data;
}
