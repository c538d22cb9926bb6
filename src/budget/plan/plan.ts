import * as z from "zod/mini";
import { matchesModel } from "../../prices/pattern.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import { costRange, type RequestEstimate } from "../estimate/estimate.ts";
import { DecimalSchema, field, ModelPattern } from "../fields.ts";
import { type Message, message } from "../message.ts";
import { divideHalfUp, type Nano, ONE, parseAmount, shareOf, showTokens } from "../money.ts";
import { percent } from "../share.ts";

const WeightSchema = z.strictObject({
  model: field("The models that it is for.", ModelPattern),
  counts: field("How many requests one counts.", DecimalSchema),
});

/**
 * A flat-rate plan (a Claude or Copilot subscription, say): a request more costs no money, it takes a share of a window. What a
 * window holds is stated by whoever writes the plan down; where its vendor does not publish it, no share is made up.
 */
export const PlanSchema = z.strictObject({
  name: field("What people read in their meters.", z.string().check(z.minLength(1), z.maxLength(60))),
  models: field("The models that it covers.", z.array(ModelPattern).check(z.minLength(1), z.maxLength(20))),
  window: field("When what was used returns to 0.", z._default(z.enum(["5h", "week", "month"]), "month")),
  unit: field(
    "What the window is counted in: requests (Copilot's premium requests), credits (GitHub's AI credits) or tokens.",
    z._default(z.enum(["requests", "credits", "tokens"]), "requests"),
  ),
  limit: field("How much of that the window holds; absent: not known.", z.optional(DecimalSchema)),
  weights: field(
    "For `requests`: how many one request to a model counts (the last that matches); others count 1.",
    z._default(z.array(WeightSchema).check(z.maxLength(100)), []),
  ),
  creditUsd: field(
    "For `credits`: what one stands for at list prices (USD). An AI credit of GitHub's is one cent.",
    z._default(DecimalSchema.check(z.refine((text) => /[1-9]/.test(text), "not above 0")), "0.01"),
  ),
});
export type Plan = z.infer<typeof PlanSchema>;

/** The most plans that there may be. */
export const MOST_PLANS = 20;

/** What a request takes from a plan's window. */
export interface PlanUse {
  name: string;
  window: Plan["window"];
  unit: Plan["unit"];
  /** In nano of the unit, likely and in nine of ten cases; absent where it cannot be told. */
  amount?: { likely: Nano; high: Nano };
  /** The same as shares of the whole window. */
  share?: { likely: number; high: number };
}

/** The first plan that covers a model. */
export function planFor(plans: readonly Plan[], ref: { provider: string; model: string }): Plan | undefined {
  return plans.find(({ models }) => models.some((pattern) => matchesModel(pattern, ref)));
}

/** What a request takes from its plan. `listPrice`: the model's price without a plan, by which credits are counted. */
export function planUse(
  plan: Plan,
  ref: { provider: string; model: string },
  estimate: RequestEstimate,
  listPrice: ModelPrice | undefined,
): PlanUse {
  const amount = amountOf(plan, ref, estimate, listPrice);
  const limit = amount && plan.limit !== undefined ? parseAmount(plan.limit) : undefined;
  return {
    name: plan.name,
    window: plan.window,
    unit: plan.unit,
    ...(amount && { amount }),
    ...(amount && limit !== undefined && { share: { likely: shareOf(amount.likely, limit), high: shareOf(amount.high, limit) } }),
  };
}

/** How many requests (in nano) one request to a model counts as. */
export function requestsCounted({ weights }: Pick<Plan, "weights">, ref: { provider: string; model: string }): Nano {
  return parseAmount(weights.findLast(({ model }) => matchesModel(model, ref))?.counts ?? "1");
}

function amountOf(
  { unit, weights, creditUsd }: Plan,
  ref: { provider: string; model: string },
  estimate: RequestEstimate,
  listPrice: ModelPrice | undefined,
): PlanUse["amount"] {
  if (unit === "requests") {
    const counts = requestsCounted({ weights }, ref);
    return { likely: counts, high: counts };
  }
  const { input, output } = estimate;
  if (unit === "tokens") {
    const nano = (tokens: number) => BigInt(tokens) * ONE;
    return { likely: nano(input.likely + output.likely), high: nano(input.high + output.high) };
  }
  if (!listPrice) return undefined;
  const cost = costRange(estimate, listPrice);
  const credits = (usd: Nano) => divideHalfUp(usd * ONE, parseAmount(creditUsd));
  return { likely: credits(cost.likely), high: credits(cost.high) };
}

const OF_WINDOW: Record<Plan["window"], string> = {
  "5h": "covered by {0}, takes about {1} of its five hours",
  week: "covered by {0}, takes about {1} of its week",
  month: "covered by {0}, takes about {1} of its month",
};
const IN_UNITS: Record<Plan["unit"], string> = {
  requests: "covered by {0}, takes {1} of its requests",
  credits: "covered by {0}, takes about {1} credits",
  tokens: "covered by {0}, takes about {1} tokens",
};

/** What stands where a price would: no dollars, because a request more costs none. */
export function planText({ name, window, unit, amount, share }: PlanUse): Message {
  if (share) return message(OF_WINDOW[window], name, percent(share.high));
  if (amount) return message(IN_UNITS[unit], name, unit === "tokens" ? showTokens(wholeOf(amount.high)) : showCount(amount.high));
  return message("covered by {0}", name);
}

function wholeOf(nano: Nano): number {
  return Number(nano / ONE);
}

/** `1`, `0.33`, `13`. */
function showCount(nano: Nano): string {
  return String(Number((Number(nano) / Number(ONE)).toPrecision(2)));
}
