import assert from "node:assert/strict";
import fc from "fast-check";
import { localPrice } from "../../prices/localModels.ts";
import { priceList } from "../../prices/priceRef.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import { PlanSchema } from "../plan/plan.ts";
import { PolicySchema } from "../policy/policy.ts";
import { alternativesTo, type Comparison, compareModels, needsOf } from "./compare.ts";

const price = (model: string, input: string, output: string, more: Partial<ModelPrice> = {}): ModelPrice => ({
  provider: "acme",
  model,
  name: model.toUpperCase(),
  rates: { input, output },
  source: "catalogue",
  ...more,
});
const tokens = (count: number): TokenEstimate => ({ low: count, likely: count, high: count, exact: true });
const listOf = (...models: ModelPrice[]) => priceList({ asOf: "2026-09-23", catalogue: "bundled", models });
const refs = (...models: string[]) => models.map((model) => ({ provider: "acme", model }));

const large = price("large", "10000000", "30000000", { capabilities: { tools: true, vision: true } });
const medium = price("medium", "1000000", "4000000");
const small = price("small", "100000", "400000", { contextWindow: 8_000 });

const compare = (more: Partial<Comparison> = {}) =>
  compareModels({
    refs: refs("large", "medium", "small"),
    list: listOf(large, medium, small),
    countFor: () => tokens(1_000),
    allowances: [],
    policy: PolicySchema.parse({}),
    at: 0,
    kind: "send",
    outputs: {},
    ...more,
  });
type Compared = ReturnType<typeof compare>;
const names = (compared: Compared) => compared.map(({ ref }) => ref.model);
const cheapest = (compared: Compared) => compared.filter((model) => model.cheapest).map(({ ref }) => ref.model);
const one = (compared: Compared, model: string) => compared.find(({ ref }) => ref.model === model)!;

describe("comparing models", () => {
  it("sorts by likely cost and marks the cheapest", () => {
    const compared = compare();
    assert.deepEqual(names(compared), ["small", "medium", "large"]);
    assert.deepEqual(cheapest(compared), ["small"]);
    // 1,000 x $1/M + 400 x $4/M, and 2,000 x $4/M for nine of ten.
    assert.deepEqual([compared[1]!.cost.likely, compared[1]!.cost.high], [2_600_000n, 9_000_000n]);
  });

  it("leaves out what is named twice and what has no known price", () =>
    assert.deepEqual(names(compare({ refs: refs("small", "unheard-of", "small") })), ["small"]));

  it("counts for each model by its own tokenizer", () => {
    const compared = compare({ countFor: ({ model }) => tokens(model === "small" ? 7_000 : 1_000) });
    assert.equal(one(compared, "small").cost.start, 700_000n);
    assert.equal(one(compared, "medium").cost.start, 1_000_000n);
  });

  it("expects answers as long as the person's own were, by model, else of that kind", () => {
    const outputs = { "send acme/large": { likely: 100, high: 200 }, "send *": { likely: 1_000, high: 3_000 } };
    const compared = compare({ outputs });
    assert.deepEqual(one(compared, "large").estimate.output, { likely: 100, high: 200, worst: 16_384 });
    assert.deepEqual(one(compared, "small").estimate.output, { likely: 1_000, high: 3_000, worst: 16_384 });
    assert.equal(one(compare({ outputs, kind: "chat" }), "small").estimate.output.likely, 400);
  });

  it("caps the output by what the request asks for and what the model gives", () => {
    assert.deepEqual(compare({ requestedOutput: 100 })[0]!.estimate.output, { likely: 100, high: 100, worst: 100 });
    const list = listOf({ ...small, maxOutput: 300 });
    assert.deepEqual(compare({ list })[0]!.estimate.output, { likely: 300, high: 300, worst: 300 });
  });

  it("expects each of several answers to be as long as one", () => {
    const [one, three] = [compare()[0]!, compare({ answers: 3, requestedOutput: 500 })[0]!];
    assert.deepEqual(three.estimate.output, { likely: 3 * one.estimate.output.likely, high: 1_500, worst: 1_500 });
    const long = { countFor: () => tokens(7_600), list: listOf(small), refs: refs("small") };
    assert.deepEqual(compare({ ...long, answers: 3 })[0]!.exclusions, [], "each answer has the window for itself");
  });

  it("costs what the tier of service costs that the request asks for", () => {
    const tiered = listOf({ ...large, serviceTiers: { flex: { permille: 500 } } }, medium);
    const cost = (serviceTier?: string) =>
      compare({ list: tiered, ...(serviceTier && { serviceTier }) }).map(({ cost }) => cost.likely);
    const [mediums, larges] = cost();
    assert.deepEqual(cost("flex"), [mediums, larges! / 2n], "a tier that a model does not have costs the standard rates");
  });

  it("takes own prices for exactly their models, whoever else serves one of the same name", () => {
    const ownPrices = [localPrice({ provider: "ollama", model: "large" })];
    const compared = compare({
      ownPrices,
      refs: [
        { provider: "ollama", model: "large" },
        { provider: "other", model: "large" },
      ],
    });
    assert.deepEqual(
      compared.map(({ ref, source, cost, cheapest }) => [ref.provider, source, cost.likely, cheapest]),
      [
        ["ollama", "local", 0n, true],
        ["other", "catalogue", 22_000_000n, false],
      ],
    );
  });

  it("needs what the parts of a request are", () => {
    assert.deepEqual(needsOf([{ kind: "message" }, { kind: "frame" }]), []);
    assert.deepEqual(needsOf([{ kind: "image" }, { kind: "tools" }, { kind: "tools" }]), ["tools", "vision"]);
  });

  it("says why a model is no choice, passes over it, but still lists it", () => {
    const long = compare({ countFor: () => tokens(7_700) });
    assert.deepEqual([names(long)[0], long[0]!.exclusions, cheapest(long)], ["small", ["tooLong"], ["medium"]]);
    assert.deepEqual(compare({ countFor: () => tokens(7_600) })[0]!.exclusions, []);
    const denied = compare({ policy: PolicySchema.parse({ models: { denied: [{ model: "small", reason: "not for code" }] } }) });
    assert.deepEqual([denied[0]!.exclusions, cheapest(denied)], [["refused"], ["medium"]]);
    assert.deepEqual(cheapest(compare({ policy: PolicySchema.parse({ models: { allowed: [] } }) })), []);
    const old = compare({ list: listOf(large, medium, { ...small, deprecated: true }) });
    assert.deepEqual([old[0]!.exclusions, cheapest(old)], [["deprecated"], ["medium"]]);
  });

  it("believes that a model calls tools unless it is known not to, and that it sees pictures only if it is known to", () => {
    const list = listOf(large, medium, { ...small, capabilities: { tools: false, vision: false } });
    const compared = compare({ list, needs: ["tools", "vision"] });
    assert.deepEqual(
      compared.map(({ exclusions }) => exclusions),
      [["tools", "vision"], ["vision"], []],
    );
    assert.deepEqual(cheapest(compared), ["large"]);
  });

  it("takes a model under a flat-rate plan to cost nothing more", () => {
    const plans = [PlanSchema.parse({ name: "Ours", models: ["acme/large"], limit: "100" })];
    for (const compared of [compare({ plans }), compare({ policy: PolicySchema.parse({ plans }) })]) {
      assert.deepEqual([names(compared)[0], compared[0]!.cost.high], ["large", 0n]);
      assert.equal(compared[0]!.verdict.plan?.share?.likely, 0.01);
    }
  });
});

describe("alternatives", () => {
  const than = (compared: Compared, model: string) => alternativesTo(compared, one(compared, model).cost);

  it("are named with what they save, cheapest first", () => {
    const found = than(compare(), "large");
    assert.deepEqual(
      found.map(({ ref }) => ref.model),
      ["small", "medium"],
    );
    // $0.022 at large, $0.00026 at small: 84.6 times less.
    assert.deepEqual([found[0]!.saving, found[0]!.times.toFixed(1)], [21_740_000n, "84.6"]);
  });

  it("are all that may be used, where the model asked about may not", () => {
    const found = alternativesTo(compare(), one(compare(), "medium").cost, "any");
    assert.deepEqual(
      found.map(({ ref, saving }) => [ref.model, saving > 0n]),
      [
        ["small", true],
        ["medium", false],
        ["large", false],
      ],
    );
  });

  it("are none for the cheapest, and none that are excluded", () => {
    assert.deepEqual(than(compare(), "small"), []);
    const policy = PolicySchema.parse({ models: { allowed: ["large"] } });
    assert.deepEqual(than(compare({ policy }), "large"), []);
    assert.deepEqual(
      than(compare({ needs: ["vision"] }), "large").map(({ ref }) => ref.model),
      [],
    );
  });

  it("cost less at both ends of the range, in order, whatever the prices", () => {
    const rate = fc.integer({ min: 0, max: 1_000_000 }).map(String);
    const prices = fc.array(fc.tuple(rate, rate), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(prices, fc.nat(100_000), (rates, count) => {
        const models = rates.map(([input, output], index) => price(`m${index}`, input, output));
        const compared = compare({
          list: listOf(...models),
          refs: refs(...models.map(({ model }) => model)),
          countFor: () => tokens(count),
        });
        const current = compared.at(-1)!;
        const found = alternativesTo(compared, current.cost);
        for (const [index, way] of found.entries()) {
          assert.ok(way.cost.likely < current.cost.likely && way.cost.high < current.cost.high);
          assert.equal(way.saving, current.cost.likely - way.cost.likely);
          if (index > 0) assert.ok(found[index - 1]!.cost.likely <= way.cost.likely);
        }
        assert.equal(compared.filter(({ cheapest }) => cheapest).length, 1);
      }),
    );
  });
});
