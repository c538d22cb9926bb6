import assert from "node:assert/strict";
import type { ModelPrice } from "../prices/rates.ts";
import type { TokenEstimate } from "../tokens/estimate.ts";
import { type Comparison, cheaperAlternative, compareModels } from "./compare.ts";
import { PolicySchema } from "./policy.ts";

const price = (model: string, input: string, output: string, more: Partial<ModelPrice> = {}): ModelPrice => ({
  provider: "acme",
  model,
  name: model.toUpperCase(),
  rates: { input, output },
  source: "catalogue",
  ...more,
});
const tokens = (count: number): TokenEstimate => ({ low: count, likely: count, high: count, exact: true });

const large = price("large", "10000000", "30000000");
const medium = price("medium", "1000000", "4000000");
const small = price("small", "100000", "400000", { contextWindow: 8_000 });

const compare = (more: Partial<Comparison> = {}) =>
  compareModels({
    models: [large, medium, small],
    countFor: () => tokens(1_000),
    allowances: [],
    policy: PolicySchema.parse({}),
    ...more,
  });
const names = (compared: ReturnType<typeof compare>) => compared.map(({ ref }) => ref.model);
const cheapest = (compared: ReturnType<typeof compare>) => compared.filter((model) => model.cheapest).map(({ ref }) => ref.model);

describe("comparing models", () => {
  it("sorts by likely cost and marks the cheapest", () => {
    const compared = compare();
    assert.deepEqual(names(compared), ["small", "medium", "large"]);
    assert.deepEqual(cheapest(compared), ["small"]);
    // 1,000 x $1/M + 400 x $4/M, and 2,000 x $4/M for nine of ten.
    assert.deepEqual([compared[1]!.cost.likely, compared[1]!.cost.high], [2_600_000n, 9_000_000n]);
  });

  it("counts for each model by its own tokenizer", () => {
    const compared = compare({ countFor: ({ model }) => tokens(model === "small" ? 7_000 : 1_000) });
    assert.equal(compared.find(({ ref }) => ref.model === "small")?.cost.start, 700_000n);
    assert.equal(compared.find(({ ref }) => ref.model === "medium")?.cost.start, 1_000_000n);
  });

  it("passes over what does not fit and what is blocked, but still lists it", () => {
    const long = compare({ countFor: () => tokens(7_700) });
    assert.deepEqual([names(long)[0], long[0]!.fits, cheapest(long)], ["small", false, ["medium"]]);
    assert.equal(compare({ countFor: () => tokens(7_600) })[0]!.fits, true);
    const denied = PolicySchema.parse({ models: { denied: [{ model: "small", reason: "not for code" }] } });
    assert.deepEqual(cheapest(compare({ policy: denied })), ["medium"]);
    assert.deepEqual(cheapest(compare({ policy: PolicySchema.parse({ models: { allowed: [] } }) })), []);
  });

  it("caps the output by what the request asks for", () =>
    assert.deepEqual(compare({ requestedOutput: 100 })[0]!.estimate.output, { likely: 100, high: 100, worst: 100 }));

  it("names a cheaper way and what it saves", () => {
    const found = cheaperAlternative(compare(), { provider: "acme", model: "large" });
    // $0.022 at large, $0.00026 at small.
    assert.deepEqual([found?.ref.model, found?.saving], ["small", 21_740_000n]);
    assert.equal(found?.savingShare, 0.988181);
  });

  it("names none for the cheapest, for an unknown one, and where nothing cheaper may be used", () => {
    assert.equal(cheaperAlternative(compare(), { provider: "acme", model: "small" }), undefined);
    assert.equal(cheaperAlternative(compare(), { provider: "other", model: "large" }), undefined);
    const policy = PolicySchema.parse({ models: { allowed: ["large"] } });
    assert.equal(cheaperAlternative(compare({ policy }), { provider: "acme", model: "medium" }), undefined);
  });
});
