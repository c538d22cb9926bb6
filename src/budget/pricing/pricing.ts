import { dearest, findPrice } from "../../prices/find.ts";
import type { ModelPrice, PriceList } from "../../prices/rates.ts";
import type { MachineAllowance } from "../allowance/allowance.ts";
import type { ModelRef } from "../modelRef.ts";
import { type Plan, planFor } from "../plan/plan.ts";
import type { Policy } from "../policy/policy.ts";
import { applicable, type Priced } from "../verdict/verdict.ts";

/** What of a policy decides how requests are priced. */
export type PricingRules = Readonly<Pick<Policy, "unknownPrice"> & { plans: readonly Plan[] }>;

/**
 * What a request to a model is priced by, the same on every side: nothing where a plan covers it, else its known price, else that
 * of the model that the policy assumes, else that of the dearest known model. @throws RangeError on an empty list
 */
export function pricingOf(list: PriceList, ref: ModelRef, policy: PricingRules, ownPlans: readonly Plan[] = []): Priced {
  const known = findPrice(list, ref);
  const plan = planFor([...policy.plans, ...ownPlans], ref);
  if (plan) return { price: covered(ref, known), priceKnown: true, plan: { plan, ...(known && { listPrice: known }) } };
  if (known) return { price: known, priceKnown: true };
  const { unknownPrice } = policy;
  const assumed = typeof unknownPrice === "object" ? findPrice(list, { provider: "", model: unknownPrice.assume }) : undefined;
  return assumed ? { price: assumed, priceKnown: false, assumed: assumed.name } : { price: dearest(list), priceKnown: false };
}

/** Of a person's own plans those that count for a model: none where it draws on money of the team's, whose policy decides then. */
export function plansBeside(plans: readonly Plan[], allowances: readonly MachineAllowance[], ref: ModelRef): readonly Plan[] {
  return applicable(allowances, ref).some(({ per }) => per !== "personal") ? [] : plans;
}

/** One request more costs nothing. */
function covered(ref: ModelRef, known: ModelPrice | undefined): ModelPrice {
  const { contextWindow, maxOutput, capabilities, deprecated, name = ref.model } = known ?? {};
  return {
    ...ref,
    name,
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(capabilities && { capabilities }),
    ...(deprecated && { deprecated }),
    rates: { input: "0", output: "0" },
    source: "plan",
  };
}
