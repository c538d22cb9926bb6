import assert from "node:assert/strict";
import { findPrice } from "../../prices/find.ts";
import { priceList } from "../../prices/priceRef.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import { PolicySchema } from "../policy/policy.ts";
import { withPolicyPrices } from "./contractPrices.ts";

const listed: ModelPrice[] = [
  {
    provider: "openai",
    model: "gpt-5",
    name: "GPT-5",
    contextWindow: 400_000,
    rates: { input: "1250000", cacheRead: "125000", output: "10000000" },
    tiers: [{ above: 1000, rates: { input: "2", output: "3" } }],
    hours: [{ from: "00:00", to: "24:00", rates: { input: "4", output: "5" } }],
    serviceTiers: { batch: { permille: 500 } },
    calls: { webSearch: "10", fileSearch: "20" },
    source: "catalogue",
  },
  {
    provider: "openai",
    model: "gpt-5-mini",
    name: "GPT-5 mini",
    rates: { input: "250000", output: "2000000" },
    source: "catalogue",
  },
  {
    provider: "mistral",
    model: "codestral",
    name: "Codestral",
    rates: { input: "300000", output: "900000" },
    source: "catalogue",
  },
];
const list = priceList({ asOf: "2026-09-23", catalogue: "bundled", models: listed });
const withPrices = (...prices: Record<string, unknown>[]) => withPolicyPrices(list, PolicySchema.parse({ prices }));

describe("contract prices", () => {
  it("leave the list as it is where there are none", () => assert.equal(withPrices(), list));

  it("replace the rates of a listed model, tiers, hours and cache rates included, and keep its name, window and discounts", () => {
    const { models, priceRef } = withPrices({
      model: "openai/gpt-5",
      input: "1",
      output: "8.5",
      cacheRead: "0.05",
      cacheWrite: "1.25",
      calls: { webSearch: "7.5" },
    });
    assert.deepEqual(models[0], {
      provider: "openai",
      model: "gpt-5",
      name: "GPT-5",
      contextWindow: 400_000,
      rates: { input: "1000000", output: "8500000", cacheRead: "50000", cacheWrite5m: "1250000", cacheWrite1h: "1250000" },
      serviceTiers: { batch: { permille: 500 } },
      calls: { webSearch: "7500000000", fileSearch: "20" },
      source: "policy",
    });
    assert.deepEqual(models.slice(1), listed.slice(1));
    assert.notEqual(priceRef, list.priceRef);
  });

  it("replace every model that a pattern matches, the last contract that matches counting", () => {
    const { models } = withPrices(
      { model: "gpt-*", input: "1", output: "1" },
      { model: "gpt-5-mini", input: "0.2", output: "0.3" },
    );
    assert.deepEqual(
      models.map(({ model, rates, source }) => [model, rates.input, source]),
      [
        ["gpt-5", "1000000", "policy"],
        ["gpt-5-mini", "200000", "policy"],
        ["codestral", "300000", "catalogue"],
      ],
    );
  });

  it("add a model that is not listed, where the name is plain", () => {
    const changed = withPrices(
      { model: "ollama/llama3", input: "0", output: "0" },
      { model: "house-model", input: "0.0000015", output: "2", cacheWrite: "1", cacheWrite1h: "3" },
    );
    assert.equal(changed.models.length, 5);
    const found = findPrice(changed, { provider: "gateway", model: "house-model" });
    assert.deepEqual([found?.provider, found?.rates.input, found?.source], ["custom", "2", "policy"]);
    assert.deepEqual([found?.rates.cacheWrite5m, found?.rates.cacheWrite1h], ["1000000", "3000000"]);
    const own = findPrice(changed, { provider: "ollama", model: "llama3" });
    assert.deepEqual([own?.rates.output, own?.source], ["0", "local"]);
  });

  it("hold by a pattern for models that are not listed, the last that matches counting", () => {
    const changed = withPrices(
      { model: "ollama/*", input: "0", output: "0" },
      { model: "ollama/rented-*", input: "0.000000001", output: "1" },
    );
    assert.deepEqual(changed.models, listed);
    assert.deepEqual(findPrice(changed, { provider: "ollama", model: "llama3" }), {
      provider: "ollama",
      model: "llama3",
      name: "llama3",
      rates: { input: "0", output: "0" },
      source: "local",
    });
    assert.equal(findPrice(changed, { provider: "ollama", model: "rented-1" })?.source, "policy");
    assert.notEqual(changed.priceRef, list.priceRef);
  });

  it("give equal lists equal names", () => {
    const contract = { model: "gpt-5", input: "1", output: "2" };
    assert.equal(withPrices(contract).priceRef, withPrices({ ...contract, input: "1.0" }).priceRef);
    assert.notEqual(withPrices(contract).priceRef, withPrices({ ...contract, input: "1.1" }).priceRef);
  });
});
