import assert from "node:assert/strict";
import { findPrice } from "../prices/find.ts";
import { priceList } from "../prices/priceRef.ts";
import type { ModelPrice } from "../prices/rates.ts";
import { withPolicyPrices } from "./contractPrices.ts";
import { PolicySchema } from "./policy.ts";

const listed: ModelPrice[] = [
  {
    provider: "openai",
    model: "gpt-5",
    name: "GPT-5",
    contextWindow: 400_000,
    rates: { input: "1250000", cacheRead: "125000", output: "10000000" },
    tiers: [{ above: 1000, rates: { input: "2", output: "3" } }],
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
const list = priceList("2026-09-23", listed);
const withPrices = (...prices: Record<string, string>[]) => withPolicyPrices(list, PolicySchema.parse({ prices }));

describe("contract prices", () => {
  it("leave the list as it is where there are none", () => assert.equal(withPrices(), list));

  it("replace the rates of a listed model, tiers and cache rates included, and keep its name and window", () => {
    const { models, priceRef } = withPrices({
      model: "openai/gpt-5",
      input: "1",
      output: "8.5",
      cacheRead: "0.05",
      cacheWrite: "1.25",
    });
    assert.deepEqual(models[0], {
      provider: "openai",
      model: "gpt-5",
      name: "GPT-5",
      contextWindow: 400_000,
      rates: { input: "1000000", output: "8500000", cacheRead: "50000", cacheWrite5m: "1250000", cacheWrite1h: "1250000" },
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
    const { models } = withPrices(
      { model: "ollama/llama3", input: "0", output: "0" },
      { model: "house-model", input: "0.0000015", output: "2" },
      { model: "nothing-*", input: "1", output: "1" },
    );
    assert.equal(models.length, 5);
    const found = findPrice({ ...list, models }, { provider: "gateway", model: "house-model" });
    assert.deepEqual([found?.provider, found?.rates.input], ["custom", "2"]);
    assert.equal(findPrice({ ...list, models }, { provider: "ollama", model: "llama3" })?.rates.output, "0");
  });

  it("give equal lists equal names", () => {
    const contract = { model: "gpt-5", input: "1", output: "2" };
    assert.equal(withPrices(contract).priceRef, withPrices({ ...contract, input: "1.0" }).priceRef);
    assert.notEqual(withPrices(contract).priceRef, withPrices({ ...contract, input: "1.1" }).priceRef);
  });
});
