import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { usageOf } from "../wire/usage.ts";
import { CATALOGUE, loadCatalogue, picoPerToken } from "./catalogue.ts";
import { costOf, type ModelPrice, type PriceList } from "./rates.ts";

describe("catalogue", () => {
  let list: PriceList;
  before(async () => {
    list = await loadCatalogue(Date.parse("2026-11-24T12:00:00Z"));
  });
  const price = (model: string): ModelPrice => {
    const found = list.models.find((entry) => entry.model === model);
    assert.ok(found, `${model} is not listed`);
    return found;
  };

  it("is the release that the lock file pins", () => {
    const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
    assert.equal(CATALOGUE.version, lock.packages["node_modules/@pydantic/genai-prices"].version);
    assert.equal(list.asOf, CATALOGUE.asOf);
  });

  it("converts by digits, without drift, and refuses what is not a whole pico-dollar", () => {
    for (const [usd, pico] of [
      [0.15, "150000"],
      [2.5, "2500000"],
      [0.003625, "3625"],
      [0.1, "100000"],
      [0.0028, "2800"],
      [18.75, "18750000"],
      [0, "0"],
      [600, "600000000"],
    ] as const)
      assert.equal(picoPerToken(usd), pico);
    assert.throws(() => picoPerToken(0.0000001), RangeError);
  });

  it("has what providers publish: plain rates, cache rates, and the context window", () => {
    assert.deepEqual(price("gpt-5-mini"), {
      provider: "openai",
      model: "gpt-5-mini",
      name: "GPT-5 mini",
      contextWindow: 400_000,
      rates: { input: "250000", cacheRead: "25000", output: "2000000" },
      source: "catalogue",
    });
    assert.deepEqual(price("claude-haiku-4-5").rates, {
      input: "1000000",
      cacheRead: "100000",
      cacheWrite5m: "1250000",
      cacheWrite1h: "2000000",
      output: "5000000",
    });
  });

  it("has complete rates for each tier, and a tier prices the whole request", () => {
    const gemini = price("gemini-2.5-pro");
    assert.deepEqual(gemini.tiers, [{ above: 200_000, rates: { input: "2500000", cacheRead: "250000", output: "15000000" } }]);
    assert.equal(costOf(usageOf({ input: 200_000, output: 1_000 }), gemini), 260_000_000n);
    assert.equal(costOf(usageOf({ input: 200_001, output: 1_000 }), gemini), 515_002_500n);
    assert.equal(costOf(usageOf({ input: 1, cacheRead: 200_000 }), gemini), 50_002_500n);
  });

  it("takes the price that is in force on the day, and the dearest hour of the day", async () => {
    const flash = (models: ModelPrice[]) => models.find(({ model }) => model === "gemini-3.6-flash")?.rates.input;
    assert.equal(flash(list.models), "750000");
    const later = await loadCatalogue(Date.parse("2027-01-01T00:00:00Z"));
    assert.equal(flash(later.models), "1500000");
    assert.notEqual(later.priceRef, list.priceRef);
    assert.equal(price("o3").rates.input, "2000000");
    assert.equal(price("deepseek-v4-flash").rates.output, "1320000");
  });

  it("lists text models under their provider once, at most 150, none free", () => {
    assert.ok(list.models.length <= 150 && list.models.length >= 80, String(list.models.length));
    const refs = list.models.map(({ provider, model }) => `${provider}/${model}`.toLowerCase());
    assert.equal(new Set(refs).size, refs.length);
    assert.deepEqual(
      list.models.filter(({ rates }) => !/^[1-9]\d*$/.test(rates.input) || !/^[1-9]\d*$/.test(rates.output)),
      [],
    );
    assert.deepEqual(
      refs.filter((ref) => /embed|image|tts|whisper|audio|google\/claude/.test(ref)),
      [],
    );
  });

  it("is named by its content", async () => {
    const again = await loadCatalogue(Date.parse("2026-11-24T18:00:00Z"));
    assert.deepEqual(again, list);
    assert.match(list.priceRef, /^2026-09-23-[0-9a-f]{16}$/);
  });
});
