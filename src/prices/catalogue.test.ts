import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { usageOf } from "../wire/usage.ts";
import { bundledCatalogue, CATALOGUE, type Catalogue } from "./catalogue.ts";
import { costOf, type ModelPrice, type PriceList } from "./rates.ts";

const NOON = Date.parse("2026-11-24T12:00:00Z");

describe("catalogue", () => {
  let catalogue: Catalogue;
  let list: PriceList;
  before(async () => {
    catalogue = await bundledCatalogue();
    list = catalogue.at(NOON);
  });
  const price = (model: string, models = list.models): ModelPrice => {
    const found = models.find((entry) => entry.model === model);
    assert.ok(found, `${model} is not listed`);
    return found;
  };

  it("is the release that the lock file pins", () => {
    const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
    assert.equal(CATALOGUE.version, lock.packages["node_modules/@pydantic/genai-prices"].version);
    assert.deepEqual([list.asOf, list.catalogue], [CATALOGUE.asOf, "bundled"]);
  });

  it("has what providers publish: rates of every class, searches, tiers of service, and limits", () => {
    assert.deepEqual(price("gpt-5-mini"), {
      provider: "openai",
      model: "gpt-5-mini",
      name: "GPT-5 mini",
      contextWindow: 400_000,
      maxOutput: 128_000,
      capabilities: { tools: true, vision: true },
      rates: { input: "250000", cacheRead: "25000", output: "2000000" },
      // $10 for 1,000 searches of the web, $2.50 for 1,000 of files.
      calls: { webSearch: "10000000000", fileSearch: "2500000000" },
      serviceTiers: {
        batch: { permille: 500 },
        flex: { permille: 500 },
        priority: { permille: 1_800 },
        fast: { permille: 1_800 },
      },
      source: "catalogue",
    });
    assert.deepEqual(price("claude-haiku-4-5").rates, {
      input: "1000000",
      cacheRead: "100000",
      cacheWrite5m: "1250000",
      cacheWrite1h: "2000000",
      output: "5000000",
    });
    assert.equal(price("gemini-2.5-flash").rates.audioIn, "1000000");
  });

  it("has complete rates for each tier, and a tier prices the whole request", () => {
    const gemini = price("gemini-2.5-pro");
    assert.deepEqual(gemini.tiers, [{ above: 200_000, rates: { input: "2500000", cacheRead: "250000", output: "15000000" } }]);
    assert.equal(costOf(usageOf({ input: 200_000, output: 1_000 }), gemini), 260_000_000n);
    assert.equal(costOf(usageOf({ input: 200_001, output: 1_000 }), gemini), 515_002_500n);
    assert.equal(costOf(usageOf({ input: 1, cacheRead: 200_000 }), gemini), 50_002_500n);
  });

  it("takes the price that is in force on the day, and is the same list as long as no price changes", () => {
    assert.equal(price("gemini-3.6-flash").rates.input, "750000");
    const later = catalogue.at(Date.parse("2027-01-01T00:00:00Z"));
    assert.equal(price("gemini-3.6-flash", later.models).rates.input, "1500000");
    assert.notEqual(later.priceRef, list.priceRef);
    assert.equal(price("o3").rates.input, "2000000");
    assert.equal(catalogue.at(NOON + 36 * 3_600_000), list);
    assert.match(list.priceRef, /^2026-09-23-[0-9a-f]{16}$/);
  });

  it("has all hours of a day where the price changes with them, and is the dearest hour's otherwise", () => {
    const { hours, rates } = price("deepseek-v4-flash");
    assert.deepEqual(
      hours?.map(({ from, to, rates: { output } }) => [from, to, output]),
      [
        ["00:00", "01:00", "660000"],
        ["01:00", "04:00", "1320000"],
        ["04:00", "06:00", "660000"],
        ["06:00", "10:00", "1320000"],
        ["10:00", "24:00", "660000"],
      ],
    );
    assert.equal(rates.output, "1320000");
    const usage = usageOf({ output: 1_000_000 });
    assert.equal(costOf(usage, price("deepseek-v4-flash")), 1_320_000_000n);
    assert.equal(costOf(usage, price("deepseek-v4-flash"), { at: Date.parse("2026-11-24T03:59:59Z") }), 1_320_000_000n);
    assert.equal(costOf(usage, price("deepseek-v4-flash"), { at: Date.parse("2026-11-24T04:00:00Z") }), 660_000_000n);
  });

  it("lists text models under their provider once, at most 160, none free", () => {
    assert.ok(list.models.length <= 160 && list.models.length >= 80, String(list.models.length));
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

  it("still prices a model that its provider is about to retire, and says so", () => {
    assert.deepEqual([price("kimi-k2-thinking").deprecated, price("kimi-k3").deprecated], [true, undefined]);
  });
});
