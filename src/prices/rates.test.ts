import assert from "node:assert/strict";
import fc from "fast-check";
import { TOKEN_CLASSES, usageOf } from "../wire/usage.ts";
import { costOf, type ModelPrice, type Rates, type ServiceTier } from "./rates.ts";

const sonnet: ModelPrice = {
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  name: "Claude Sonnet 4.5",
  rates: { input: "3000000", cacheRead: "300000", cacheWrite5m: "3750000", cacheWrite1h: "6000000", output: "15000000" },
  tiers: [
    {
      above: 200_000,
      rates: { input: "6000000", cacheRead: "600000", cacheWrite5m: "7500000", cacheWrite1h: "12000000", output: "22500000" },
    },
  ],
  source: "catalogue",
};
const plain = (input: string, output: string): ModelPrice => ({ ...sonnet, rates: { input, output }, tiers: [] });

describe("cost of a usage", () => {
  it("is the hand-computed figure to the nano, by class", () => {
    // 1,234 x $3/M + 10,000 x $0.30/M + 500 x $3.75/M + 200 x $6/M + 789 x $15/M
    const usage = usageOf({ input: 1_234, cacheRead: 10_000, cacheWrite5m: 500, cacheWrite1h: 200, output: 789 });
    assert.equal(costOf(usage, sonnet), 3_702_000n + 3_000_000n + 1_875_000n + 1_200_000n + 11_835_000n);
  });

  it("takes the tier by the whole input, cached or not, and prices all of it there", () => {
    assert.equal(costOf(usageOf({ input: 200_000 }), sonnet), 600_000_000n);
    assert.equal(costOf(usageOf({ input: 200_001 }), sonnet), 1_200_006_000n);
    assert.equal(costOf(usageOf({ input: 1, audioIn: 200_000 }), sonnet), 1_200_006_000n);
    assert.equal(
      costOf(usageOf({ cacheRead: 150_000, cacheWrite5m: 50_001, output: 10 }), sonnet),
      90_000_000n + 375_007_500n + 225_000n,
    );
    const dearest = { ...sonnet, tiers: [...sonnet.tiers!, { above: 500_000, rates: { input: "9000000", output: "1" } }] };
    assert.equal(costOf(usageOf({ input: 500_001 }), dearest), 4_500_009_000n);
  });

  it("rounds once, over the sum of all classes, half up", () => {
    // 400 + 400 pico: each class alone would round to 0.
    assert.equal(costOf(usageOf({ input: 1, output: 1 }), plain("400", "400")), 1n);
    // 600 + 600 pico: each class alone would round to 1.
    assert.equal(costOf(usageOf({ input: 1, output: 1 }), plain("600", "600")), 1n);
    assert.equal(costOf(usageOf({ input: 1 }), plain("499", "1")), 0n);
    assert.equal(costOf(usageOf({ input: 1 }), plain("500", "1")), 1n);
  });

  it("prices a class without a rate as input, audio out as output", () => {
    const usage = usageOf({ cacheRead: 1, cacheWrite5m: 10, cacheWrite1h: 100, audioIn: 1_000, audioOut: 10_000 });
    assert.equal(costOf(usage, plain("1000", "2000")), 1_111n + 20_000n);
  });

  it("does not lose a token of any class, however large the numbers", () => {
    const huge = Number.MAX_SAFE_INTEGER;
    for (const name of TOKEN_CLASSES) assert.equal(costOf(usageOf({ [name]: huge }), plain("1000", "1000")), BigInt(huge));
  });

  it("of parts differs from that of the whole by rounding only", () => {
    const count = fc.nat(90_000);
    const usages = fc.record({ input: count, cacheRead: count, output: count });
    fc.assert(
      fc.property(usages, usages, (a, b) => {
        const whole = usageOf({ input: a.input + b.input, cacheRead: a.cacheRead + b.cacheRead, output: a.output + b.output });
        const price = plain("123457", "7654321");
        const difference = costOf(whole, price) - costOf(usageOf(a), price) - costOf(usageOf(b), price);
        assert.ok(difference >= -1n && difference <= 1n);
      }),
    );
  });

  it("counts the calls of tools at their price, and at the dearest that is known where they have none", () => {
    const price = { ...plain("1000", "1000"), calls: { webSearch: "10000000000" } };
    assert.equal(costOf(usageOf({ input: 1, calls: { webSearch: 3 } }), price), 1n + 30_000_000n);
    assert.equal(costOf(usageOf({ calls: { crystalBall: 2 } }), price), 70_000_000n);
    assert.equal(costOf(usageOf({ calls: { toString: 1 } }), price), 35_000_000n);
    const own = { ...plain("0", "0"), source: "local" as const };
    assert.equal(costOf(usageOf({ input: 9_999, calls: { webSearch: 3 } }), own), 0n);
  });

  it("takes a service tier's thousandths of all classes but those excepted, and of no call", () => {
    const price: ModelPrice = {
      ...plain("1000", "3000"),
      rates: { input: "1000", cacheRead: "100", output: "3000" },
      calls: { webSearch: "1000000" },
      serviceTiers: { batch: { permille: 500, except: ["cacheRead"] }, priority: { permille: 1_750 } },
    };
    const usage = usageOf({ input: 1_000, cacheRead: 1_000, output: 1_000, calls: { webSearch: 1 } });
    assert.equal(costOf(usage, price), 1_000n + 100n + 3_000n + 1_000n);
    assert.equal(costOf(usage, price, { serviceTier: "batch" }), 500n + 100n + 1_500n + 1_000n);
    assert.equal(costOf(usage, price, { serviceTier: "BATCH" }), costOf(usage, price, { serviceTier: "batch" }));
    assert.equal(costOf(usage, price, { serviceTier: "priority" }), 1_750n + 175n + 5_250n + 1_000n);
    for (const name of ["default", "standard", "toString"])
      assert.equal(costOf(usage, price, { serviceTier: name }), costOf(usage, price), name);
  });

  it("of half a tier is rounded once, from thousandths of a pico-dollar", () => {
    // 999 x 0.5 = 499.5 pico, below half a nano; 1,001 x 0.5 = 500.5, above.
    const tiers: Record<string, ServiceTier> = { batch: { permille: 500 } };
    const price = (input: string) => ({ ...plain(input, "1"), serviceTiers: tiers });
    assert.equal(costOf(usageOf({ input: 1 }), price("999"), { serviceTier: "batch" }), 0n);
    assert.equal(costOf(usageOf({ input: 1 }), price("1001"), { serviceTier: "batch" }), 1n);
    assert.equal(costOf(usageOf({ input: 1 }), price("1000"), { serviceTier: "batch" }), 1n);
  });
});

const rate = fc.integer({ min: 0, max: 200_000_000 }).map(String);
const someRates = fc.record(
  { input: rate, output: rate, cacheRead: rate, cacheWrite5m: rate, cacheWrite1h: rate, audioIn: rate, audioOut: rate },
  { requiredKeys: ["input", "output"] },
) as fc.Arbitrary<Rates>;
/** Tiers that are never cheaper than what is below them, as every provider's are. */
const somePrices = fc
  .record({
    rates: someRates,
    steps: fc.array(fc.record({ above: fc.integer({ min: 1, max: 2_000 }), factor: fc.integer({ min: 1, max: 4 }) }), {
      maxLength: 3,
    }),
    permille: fc.constantFrom(500, 1_000, 1_800),
  })
  .map(({ rates, steps, permille }): ModelPrice => {
    let factor = 1;
    const tiers = steps
      .sort((a, b) => a.above - b.above)
      .map((step) => {
        factor *= step.factor;
        const raised = Object.fromEntries(
          Object.entries(rates).map(([name, pico]) => [name, String(BigInt(pico) * BigInt(factor))]),
        );
        return { above: step.above, rates: raised as Rates };
      });
    return { ...sonnet, rates, tiers, serviceTiers: { tier: { permille } }, calls: { webSearch: rates.input } };
  });
const someUsages = fc
  .record({
    ...Object.fromEntries(TOKEN_CLASSES.map((name) => [name, fc.nat(3_000)])),
    calls: fc.record({ webSearch: fc.nat(5) }),
  })
  .map((part) => usageOf(part));
const terms = fc.constantFrom({}, { serviceTier: "tier" });

describe("cost of any usage", () => {
  it("never falls when a token or a call is added", () => {
    fc.assert(
      fc.property(
        somePrices,
        someUsages,
        fc.constantFrom(...TOKEN_CLASSES),
        fc.nat(2_000),
        terms,
        (price, usage, name, more, term) => {
          const cost = costOf(usage, price, term);
          assert.ok(costOf({ ...usage, [name]: usage[name] + more }, price, term) >= cost);
          assert.ok(costOf({ ...usage, calls: { webSearch: usage.calls!.webSearch! + 1 } }, price, term) >= cost);
        },
      ),
    );
  });

  it("is the sum over classes in exact fractions, rounded half up once", () => {
    fc.assert(
      fc.property(somePrices, someUsages, (price, usage) => {
        const input = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.audioIn;
        const rates = price.tiers!.findLast(({ above }) => input > above)?.rates ?? price.rates;
        const fallback = (name: string) => (/output|audioOut/i.test(name) ? rates.output : rates.input);
        const pico = TOKEN_CLASSES.reduce(
          (sum, name) => sum + BigInt(usage[name]) * BigInt(rates[name] ?? fallback(name)),
          BigInt(usage.calls!.webSearch!) * BigInt(price.calls!.webSearch!),
        );
        const cost = costOf(usage, price);
        // Half up: cost - 1/2 <= pico / 1000 < cost + 1/2.
        assert.ok(cost * 1_000n - 500n <= pico && pico < cost * 1_000n + 500n);
      }),
    );
  });
});
