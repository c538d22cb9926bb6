import assert from "node:assert/strict";
import { usageOf } from "../wire/usage.ts";
import { bundledCatalogue } from "./catalogue.ts";
import { findPrice } from "./find.ts";
import { costOf, type PriceList, type Terms } from "./rates.ts";

/**
 * Documented invoices and usage samples at the bundled catalogue's rates, to the nano-dollar. All figures are computed by hand:
 * tokens x USD per million tokens are micro-dollars, a thousand nano each. 1 MTok = 1,000,000 tokens.
 */
describe("documented invoices", () => {
  let list: PriceList;
  before(async () => {
    list = (await bundledCatalogue()).at(Date.parse("2026-11-24T12:00:00Z"));
  });
  const cost = (provider: string, model: string, usage: Parameters<typeof usageOf>[0], terms?: Terms): bigint => {
    const price = findPrice(list, { provider, model });
    assert.ok(price, `${model} is not listed`);
    return costOf(usageOf(usage), price, terms);
  };
  const usd = (dollars: string): bigint => {
    const [whole, fraction = ""] = dollars.split(".");
    return BigInt(whole! + fraction.padEnd(9, "0"));
  };

  describe("of Anthropic (platform.claude.com/docs/en/about-claude/pricing)", () => {
    it("the worked example of a coding session on Opus 4.7: 50,000 in, 15,000 out", () => {
      // 50,000 x $5/MTok = $0.25; 15,000 x $25/MTok = $0.375. (The page's $0.705 has $0.08 of session runtime besides.)
      assert.equal(cost("anthropic", "claude-opus-4-7", { input: 50_000, output: 15_000 }), usd("0.625"));
    });

    it("the same with 40,000 of the input read from the cache", () => {
      // 10,000 x $5 = $0.05; 40,000 x $5 x 0.1 = $0.02; output $0.375. (The page's $0.525 has $0.08 of runtime.)
      assert.equal(cost("anthropic", "claude-opus-4-7", { input: 10_000, cacheRead: 40_000, output: 15_000 }), usd("0.445"));
    });

    it("the usage sample with one web search, on Sonnet 4.5", () => {
      // 105 x $3 = 315; 7,345 x $3.75 = 27,543.75; 7,123 x $0.30 = 2,136.9; 6,039 x $15 = 90,585 micro; one search at $10 per 1,000 = $0.01
      // 315 + 27,543.75 + 2,136.9 + 90,585 = 120,580.65 micro, and 10,000 micro
      const usage = { input: 105, cacheRead: 7_123, cacheWrite5m: 7_345, output: 6_039, calls: { webSearch: 1 } };
      assert.equal(cost("anthropic", "claude-sonnet-4-5-20250929", usage), usd("0.13058065"));
    });

    it("the usage sample with one web fetch, which has no charge of its own", () => {
      // 25,039 x $3 = 75,117; 931 x $15 = 13,965 micro
      const usage = { input: 25_039, output: 931, calls: { webFetch: 1 } };
      assert.equal(cost("anthropic", "claude-sonnet-4-5", usage), usd("0.089082"));
    });

    it("writes to the five-minute and the one-hour cache, at 1.25 and 2 times the input, on Haiku 4.5", () => {
      // Prompt caching's usage sample: 456 in the five-minute, 100 in the one-hour cache, 1,800 read, 2,048 in, 503 out.
      // 2,048 x $1 = 2,048; 456 x $1.25 = 570; 100 x $2 = 200; 1,800 x $0.10 = 180; 503 x $5 = 2,515 micro
      const usage = { input: 2_048, cacheWrite5m: 456, cacheWrite1h: 100, cacheRead: 1_800, output: 503 };
      assert.equal(cost("anthropic", "claude-haiku-4-5", usage), usd("0.005513"));
    });

    it("a batch at half of everything, cache included, on Haiku 4.5", () => {
      // 10,000 x $0.50 = 5,000; 1,001 x $0.10 x 0.5 = 50.05; 2,000 x $2.50 = 5,000 micro
      const usage = { input: 10_000, cacheRead: 1_001, output: 2_000 };
      assert.equal(cost("anthropic", "claude-haiku-4-5", usage, { serviceTier: "batch" }), usd("0.01005005"));
    });

    it("fast mode at six times everything, on Opus 4.6", () => {
      // 10,000 x $30 = 300,000; 20,000 x $3 = 60,000; 1,000 x $150 = 150,000 micro
      const usage = { input: 10_000, cacheRead: 20_000, output: 1_000 };
      assert.equal(cost("anthropic", "claude-opus-4-6", usage, { serviceTier: "fast" }), usd("0.51"));
    });

    it("more than 200,000 tokens in, at the long-context price that Sonnet 4.5 had", () => {
      // 150,000 read + 50,001 written = 200,001 > 200,000, so everything is dearer: 150,000 x $0.60 = 90,000;
      // 50,001 x $7.50 = 375,007.5; 1,000 x $22.50 = 22,500 micro
      const usage = { cacheRead: 150_000, cacheWrite5m: 50_001, output: 1_000 };
      assert.equal(cost("anthropic", "claude-sonnet-4-5", usage), usd("0.4875075"));
      // At exactly 200,000: 150,000 x $0.30 = 45,000; 50,000 x $3.75 = 187,500; 1,000 x $15 = 15,000 micro
      assert.equal(cost("anthropic", "claude-sonnet-4-5", { ...usage, cacheWrite5m: 50_000 }), usd("0.2475"));
    });

    it("900,000 tokens in at the same rate as 9,000, on Opus 4.7", () => {
      // "A 900k-token request is billed at the same per-token rate as a 9k-token request": 900,000 x $5 = $4.50
      assert.equal(cost("anthropic", "claude-opus-4-7", { input: 900_000 }), usd("4.5"));
    });
  });

  describe("of OpenAI (developers.openai.com/api/docs/pricing)", () => {
    it("the usage sample of prompt caching, on GPT-4o: 2,006 in, 1,920 of them cached, 300 out", () => {
      // 86 x $2.50 = 215; 1,920 x $1.25 = 2,400; 300 x $10 = 3,000 micro
      assert.equal(cost("openai", "gpt-4o-2024-08-06", { input: 86, cacheRead: 1_920, output: 300 }), usd("0.005615"));
    });

    it("reasoning as output, on o3-mini: 75 in, 1,186 out of which 1,024 were thought", () => {
      // 75 x $1.10 = 82.5; 1,186 x $4.40 = 5,218.4 micro
      assert.equal(cost("openai", "o3-mini", { input: 75, output: 1_186 }), usd("0.0053009"));
    });

    it("Batch, Flex and Priority, on GPT-5 and GPT-5 mini", () => {
      // GPT-5: $1.25 in, $0.125 cached, $10 out; half of it: $0.625, $0.0625, $5; Priority: $2.50, $0.25, $20.
      const usage = { input: 8_000, cacheRead: 12_000, output: 1_000 };
      // 10,000 + 1,500 + 10,000; 5,000 + 750 + 5,000; 20,000 + 3,000 + 20,000 micro
      assert.equal(cost("openai", "gpt-5", usage), usd("0.0215"));
      for (const serviceTier of ["batch", "flex"]) assert.equal(cost("openai", "gpt-5", usage, { serviceTier }), usd("0.01075"));
      assert.equal(cost("openai", "gpt-5", usage, { serviceTier: "priority" }), usd("0.043"));
      // GPT-5 mini's Priority: 8,000 x $0.45 = 3,600; 12,000 x $0.045 = 540; 1,000 x $3.60 = 3,600 micro
      assert.equal(cost("openai", "gpt-5-mini", usage, { serviceTier: "priority" }), usd("0.00774"));
      assert.equal(cost("openai", "gpt-5", usage, { serviceTier: "default" }), usd("0.0215"));
    });

    it("prompts from 272,000 tokens on at twice the input and one and a half times the output, on GPT-5.5", () => {
      // 271,999 x $5 = 1,359,995; 1,000 x $30 = 30,000 micro. One more: 272,000 x $10 = 2,720,000; 1,000 x $45 = 45,000 micro
      assert.equal(cost("openai", "gpt-5.5", { input: 271_999, output: 1_000 }), usd("1.389995"));
      assert.equal(cost("openai", "gpt-5.5", { input: 272_000, output: 1_000 }), usd("2.765"));
    });

    it("writes to the cache at 1.25 times the input, since GPT-5.6", () => {
      // Sol: 4,000 x $4 = 16,000; 6,000 x $5 = 30,000; 20,000 x $0.40 = 8,000; 500 x $20 = 10,000 micro
      const usage = { input: 4_000, cacheWrite5m: 6_000, cacheRead: 20_000, output: 500 };
      assert.equal(cost("openai", "gpt-5.6-sol", usage), usd("0.064"));
    });

    it("searches: $10 for 1,000 of the web, $2.50 for 1,000 of files", () => {
      // 1,000 x $1.25 = 1,250; 100 x $10 = 1,000 micro; 2 x $0.01; 3 x $0.0025
      const usage = { input: 1_000, output: 100, calls: { webSearch: 2, fileSearch: 3 } };
      assert.equal(cost("openai", "gpt-5", usage), usd("0.02975"));
    });
  });

  describe("of Google (ai.google.dev/gemini-api/docs/pricing)", () => {
    it("the page summary and the long document of the tiers, on Gemini 2.5 Pro", () => {
      // 50,000 x $1.25 = 62,500; 2,000 x $10 = 20,000 micro
      assert.equal(cost("google", "gemini-2.5-pro", { input: 50_000, output: 2_000 }), usd("0.0825"));
      // 250,000 x $2.50 = 625,000; 2,000 x $15 = 30,000 micro
      assert.equal(cost("google", "gemini-2.5-pro", { input: 250_000, output: 2_000 }), usd("0.655"));
    });

    it("sound at its own rate, thoughts as output, on Gemini 2.5 Flash", () => {
      // 1,200 x $0.30 = 360; 9,600 x $1.00 = 9,600; (150 + 850 thought) x $2.50 = 2,500 micro
      assert.equal(cost("google", "gemini-2.5-flash", { input: 1_200, audioIn: 9_600, output: 1_000 }), usd("0.01246"));
    });

    it("a batch at half, but what is read from the cache, on Gemini 2.5 Flash", () => {
      // 10,000 x $0.15 = 1,500; 20,000 x $0.03 = 600; 1,000 x $1.25 = 1,250 micro
      const usage = { input: 10_000, cacheRead: 20_000, output: 1_000 };
      assert.equal(cost("google", "gemini-2.5-flash", usage, { serviceTier: "batch" }), usd("0.00335"));
    });

    it("searches: $14 for 1,000 queries from Gemini 3 on, $35 for 1,000 prompts before", () => {
      assert.equal(cost("google", "gemini-3.7-flash", { calls: { webSearch: 3 } }), usd("0.042"));
      assert.equal(cost("google", "gemini-2.5-pro", { calls: { webSearch: 1 } }), usd("0.035"));
    });

    it("the price of the day: Gemini 3.7 Flash costs twice as much from 2027 on", async () => {
      const usage = usageOf({ input: 100_000, output: 10_000 });
      const at = async (instant: string) => {
        const day = (await bundledCatalogue()).at(Date.parse(instant));
        return costOf(usage, findPrice(day, { provider: "google", model: "gemini-3.7-flash" })!);
      };
      // 100,000 x $0.75 = 75,000; 10,000 x $3.75 = 37,500 micro; then x $1.50 and x $7.50
      assert.equal(await at("2026-12-31T23:59:59Z"), usd("0.1125"));
      assert.equal(await at("2027-01-01T00:00:00Z"), usd("0.225"));
    });
  });

  it("of DeepSeek by the hour: half price outside 01:00-04:00 and 06:00-10:00 UTC (api-docs.deepseek.com/quick_start/pricing)", () => {
    // Peak: 100,000 x $0.44 = 44,000; 10,000 x $1.32 = 13,200 micro. Off-peak: x $0.22 and x $0.66
    const usage = { input: 100_000, output: 10_000 };
    assert.equal(cost("deepseek", "deepseek-v4-flash", usage, { at: Date.parse("2026-11-24T02:00:00Z") }), usd("0.0572"));
    assert.equal(cost("deepseek", "deepseek-v4-flash", usage, { at: Date.parse("2026-11-24T05:00:00Z") }), usd("0.0286"));
    assert.equal(cost("deepseek", "deepseek-v4-flash", usage), usd("0.0572"), "an estimate is for the dearest hour");
  });
});
