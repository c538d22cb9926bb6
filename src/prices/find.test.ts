import assert from "node:assert/strict";
import { bundledCatalogue } from "./catalogue.ts";
import { dearest, findPrice } from "./find.ts";
import { priceList } from "./priceRef.ts";
import type { ModelPrice, PriceList } from "./rates.ts";

const price = (provider: string, model: string, input = "1", source: ModelPrice["source"] = "catalogue"): ModelPrice => ({
  provider,
  model,
  name: model,
  rates: { input, output: input },
  source,
});

const listOf = (models: ModelPrice[], patterns: ModelPrice[] = []) =>
  priceList({ asOf: "2026-01-01", catalogue: "bundled", models, patterns });

describe("finding a price", () => {
  let list: PriceList;
  before(async () => {
    list = (await bundledCatalogue()).at(Date.now());
  });
  const find = (provider: string, model: string) => {
    const found = findPrice(list, { provider, model });
    return found && `${found.provider}/${found.model}`;
  };

  for (const [provider, model, expected] of [
    ["openai", "gpt-5-mini", "openai/gpt-5-mini"],
    ["demo", "gpt-5-mini", "openai/gpt-5-mini"],
    ["openai", "gpt-5-mini-2025-08-07", "openai/gpt-5-mini"],
    ["anthropic", "claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"],
    ["anthropic", "claude-opus-4-20250514", "anthropic/claude-opus-4"],
    ["openrouter", "anthropic/claude-sonnet-5", "anthropic/claude-sonnet-5"],
    ["openrouter", "openai/gpt-4o-2024-08-06", "openai/gpt-4o"],
    ["openai", "gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13"],
    ["openai", "gpt-5.1-codex", "openai/gpt-5.1-codex"],
    ["mistral", "mistral-medium-latest", "mistral/mistral-medium-latest"],
    ["zai", "glm-5.3", "zai/GLM-5.3"],
  ] as const)
    it(`${provider} ${model} is ${expected}`, () => assert.equal(find(provider, model), expected));

  for (const model of [
    "gpt-5-mini-turbo",
    "gpt-5-",
    "gpt",
    "claude-sonnet-4-5-2025",
    "demo-large",
    "",
    "/",
    "text-embedding-3-small",
  ])
    it(`"${model}" is not known`, () => assert.equal(find("openai", model), undefined));

  it("takes the provider's own before another's, and the team's before the catalogue's", () => {
    const models = [price("a", "m"), price("b", "m"), price("custom", "m", "2", "policy")];
    assert.equal(findPrice(listOf(models), { provider: "b", model: "m" })?.provider, "b");
    assert.equal(findPrice(listOf(models), { provider: "c", model: "m" })?.provider, "custom");
  });

  it("takes a pattern of the team's before another provider's price, with what is known of the model", () => {
    const listed = {
      ...price("openai", "gpt-5"),
      contextWindow: 400_000,
      tiers: [{ above: 1, rates: { input: "9", output: "9" } }],
    };
    const list = listOf([listed], [price("custom", "ollama/*", "0", "local"), price("custom", "ollama/big-*", "7", "policy")]);
    assert.deepEqual(findPrice(list, { provider: "ollama", model: "gpt-5" }), {
      ...price("ollama", "gpt-5", "0", "local"),
      contextWindow: 400_000,
    });
    assert.equal(findPrice(list, { provider: "ollama", model: "big-one" })?.rates.input, "7");
    assert.equal(findPrice(list, { provider: "openai", model: "gpt-5" })?.rates.input, "1");
    assert.equal(findPrice(list, { provider: "elsewhere", model: "llama3" }), undefined);
  });

  it("names the dearest by a typical request", () => {
    assert.equal(dearest(list).model, "o1-pro");
    assert.equal(dearest(listOf([price("a", "m", "1"), price("b", "n", "3"), price("c", "o", "2")])).model, "n");
    assert.throws(() => dearest(listOf([])), RangeError);
  });
});
