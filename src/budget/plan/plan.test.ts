import assert from "node:assert/strict";
import type { ModelPrice } from "../../prices/rates.ts";
import { inEnglish } from "../message.ts";
import { ONE } from "../money.ts";
import { type Plan, PlanSchema, planFor, planText, planUse } from "./plan.ts";

const ref = { provider: "copilot", model: "gpt-5" };
const estimate = {
  input: { low: 10_000, likely: 10_000, high: 12_000, exact: false },
  output: { likely: 1_000, high: 3_000, worst: 16_000 },
};
const listPrice: ModelPrice = { ...ref, name: "GPT-5", rates: { input: "1000000", output: "10000000" }, source: "catalogue" };
const plan = (more: Record<string, unknown> = {}): Plan => PlanSchema.parse({ name: "Copilot", models: ["copilot/*"], ...more });
const use = (more: Record<string, unknown> = {}, price: ModelPrice | undefined = listPrice) =>
  planUse(plan(more), ref, estimate, price);
const words = (more: Record<string, unknown> = {}) => inEnglish(planText(use(more)));

describe("a flat-rate plan", () => {
  it("covers the models that it names, the first of several plans counting", () => {
    const plans = [plan({ name: "Claude", models: ["anthropic/*"] }), plan(), plan({ name: "All", models: ["*"] })];
    assert.equal(planFor(plans, ref)?.name, "Copilot");
    assert.equal(planFor(plans, { provider: "anthropic", model: "claude-opus-5" })?.name, "Claude");
    assert.equal(planFor(plans.slice(0, 2), { provider: "openai", model: "gpt-5" }), undefined);
  });

  it("counts requests, each model by its weight", () => {
    const weights = [
      { model: "copilot/gpt-*", counts: "3" },
      { model: "copilot/gpt-5", counts: "0.33" },
    ];
    assert.deepEqual(use({ limit: "300" }).amount, { likely: ONE, high: ONE });
    const cheap = use({ limit: "300", weights });
    assert.deepEqual(cheap.amount, { likely: 330_000_000n, high: 330_000_000n });
    assert.deepEqual(cheap.share, { likely: 0.0011, high: 0.0011 });
  });

  it("counts tokens, in and out", () =>
    assert.deepEqual(use({ unit: "tokens", limit: "100000", window: "5h" }), {
      name: "Copilot",
      window: "5h",
      unit: "tokens",
      amount: { likely: 11_000n * ONE, high: 15_000n * ONE },
      share: { likely: 0.11, high: 0.15 },
    }));

  it("counts credits by the list price", () => {
    // 10,000 x $1/M + 1,000 x $10/M = $0.02 = 2 credits; 12,000 x $1/M + 3,000 x $10/M = $0.042 = 4.2 credits.
    assert.deepEqual(use({ unit: "credits" }).amount, { likely: 2n * ONE, high: 4_200_000_000n });
    assert.equal(planUse(plan({ unit: "credits" }), ref, estimate, undefined).amount, undefined);
  });

  it("makes up no share where nobody has said what a window holds", () => {
    assert.equal(use().share, undefined);
    assert.equal(words(), "covered by Copilot, takes 1 of its requests");
    assert.equal(inEnglish(planText(planUse(plan({ unit: "credits" }), ref, estimate, undefined))), "covered by Copilot");
  });

  it("is told as a share of its window, never in dollars", () => {
    assert.equal(
      words({ unit: "tokens", limit: "100000", window: "5h" }),
      "covered by Copilot, takes about 15% of its five hours",
    );
    assert.equal(words({ unit: "credits", limit: "1000" }), "covered by Copilot, takes about <1% of its month");
    assert.equal(words({ unit: "tokens", window: "week" }), "covered by Copilot, takes about 15k tokens");
    assert.equal(words({ unit: "credits" }), "covered by Copilot, takes about 4.2 credits");
  });

  it("must have a name and models, and credits that stand for something", () => {
    const faulty = [
      { name: "", models: ["*"] },
      { name: "x", models: [] },
      { name: "x", models: ["*"], creditUsd: "0.00" },
    ];
    for (const one of faulty) assert.equal(PlanSchema.safeParse(one).success, false);
  });
});
