import assert from "node:assert/strict";
import { priceList } from "../../prices/priceRef.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import { PlanSchema } from "../plan/plan.ts";
import { PolicySchema } from "../policy/policy.ts";
import { judge } from "../verdict/verdict.ts";
import { plansBeside, pricingOf } from "./pricing.ts";

const price = (model: string, rate: string): ModelPrice => ({
  provider: "acme",
  model,
  name: model.toUpperCase(),
  contextWindow: 9_000,
  rates: { input: rate, output: rate },
  tiers: [{ above: 100_000, rates: { input: "7", output: "7" } }],
  source: "catalogue",
});
const list = priceList({
  asOf: "2026-09-23",
  catalogue: "bundled",
  models: [price("small", "1000000"), price("dear", "90000000")],
});
const policy = (more: object = {}) => PolicySchema.parse(more);
const own = [PlanSchema.parse({ name: "My Claude", models: ["acme/small"], unit: "tokens", limit: "20000" })];
const small = { provider: "acme", model: "small" };
const stranger = { provider: "acme", model: "brand-new" };
const estimate = {
  input: { low: 1_000, likely: 1_000, high: 1_000, exact: true },
  output: { likely: 1_000, high: 1_000, worst: 1_000 },
};

describe("what a request is priced by", () => {
  it("is the known price", () => assert.deepEqual(pricingOf(list, small, policy()), { price: list.models[0], priceKnown: true }));

  it("is the dearest known where it is not known, and the person is asked", () => {
    const priced = pricingOf(list, stranger, policy());
    assert.deepEqual([priced.price.model, priced.priceKnown], ["dear", false]);
    const { decision, reasons } = judge({ ref: stranger, at: 0, estimate, ...priced }, [], policy({ confirm: {} }));
    assert.deepEqual([decision, reasons.map(({ code }) => code)], ["confirm", ["unknownPrice"]]);
  });

  it("is that of the model which the policy assumes, and then nobody is asked", () => {
    const assuming = policy({ confirm: {}, unknownPrice: { assume: "small" } });
    const priced = pricingOf(list, stranger, assuming);
    assert.deepEqual([priced.price.model, priced.priceKnown, priced.assumed], ["small", false, "SMALL"]);
    const verdict = judge({ ref: stranger, at: 0, estimate, ...priced }, [], assuming);
    assert.deepEqual([verdict.decision, verdict.priceKnown], ["allow", false]);
    // An assumed model that is itself unknown assumes nothing.
    const lost = policy({ confirm: {}, unknownPrice: { assume: "also-new" } });
    const asked = pricingOf(list, stranger, lost);
    assert.equal(asked.price.model, "dear");
    assert.equal(judge({ ref: stranger, at: 0, estimate, ...asked }, [], lost).decision, "confirm");
  });

  it("is nothing where a plan covers the model, and the verdict tells what it takes of the plan", () => {
    const planned = policy({ plans: own, block: { cost: "0" }, confirm: { cost: "0" } });
    const priced = pricingOf(list, small, planned);
    assert.deepEqual(priced.price, {
      ...small,
      name: "SMALL",
      contextWindow: 9_000,
      rates: { input: "0", output: "0" },
      source: "plan",
    });
    const verdict = judge({ ref: small, at: 0, estimate, ...priced }, [], planned);
    assert.deepEqual([verdict.decision, verdict.cost.high, verdict.hold.usd], ["allow", 0n, 0n]);
    assert.equal(verdict.hold.tokens, 2_000_000_000_000n);
    assert.deepEqual(verdict.plan?.share, { likely: 0.1, high: 0.1 });
  });

  it("covers a model of unknown price too: no marginal cost is known", () => {
    const all = [PlanSchema.parse({ name: "All", models: ["*"], unit: "credits" })];
    const priced = pricingOf(list, stranger, policy(), all);
    assert.deepEqual([priced.priceKnown, priced.price.rates.input, priced.plan?.listPrice], [true, "0", undefined]);
  });

  it("is the person's own plan only where no money of the team's is drawn on", () => {
    const allowance = {
      ...({ key: "k", id: "month", name: "Your month", per: "developer", unit: "usd", limit: "15", softLimit: 0.8 } as const),
      ...{ spend: "0", held: "0", ownFree: "0" },
      period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" } as const,
    };
    assert.deepEqual(plansBeside(own, [allowance], small), []);
    assert.deepEqual(plansBeside(own, [{ ...allowance, models: ["openai/*"] }], small), own);
    assert.deepEqual(plansBeside(own, [], small), own);
  });
});
