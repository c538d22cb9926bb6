import assert from "node:assert/strict";
import { loadCatalogue } from "./catalogue.ts";
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

describe("finding a price", () => {
  let list: PriceList;
  before(async () => {
    list = await loadCatalogue();
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
    assert.equal(findPrice(priceList("2026-01-01", models), { provider: "b", model: "m" })?.provider, "b");
    assert.equal(findPrice(priceList("2026-01-01", models), { provider: "c", model: "m" })?.provider, "custom");
  });

  it("names the dearest by a typical request", () => {
    assert.equal(dearest(list).model, "o1-pro");
    assert.equal(dearest(priceList("2026-01-01", [price("a", "m", "1"), price("b", "n", "3"), price("c", "o", "2")])).model, "n");
    assert.throws(() => dearest(priceList("2026-01-01", [])), RangeError);
  });
});
