import assert from "node:assert/strict";
import fc from "fast-check";
import { TOKEN_CLASSES, usageOf } from "../wire/usage.ts";
import { costOf, type ModelPrice } from "./rates.ts";

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
});
