import assert from "node:assert/strict";
import fc from "fast-check";
import type { ModelPrice } from "../../prices/rates.ts";
import { usageOf } from "../../wire/usage.ts";
import { costRange, usageCovered } from "./estimate.ts";
import { asInputTokens, isCold, priceAtContext, turnEstimate, usageLeft } from "./turn.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const MINUTE = 60_000;
const further = { likely: 10_000, high: 50_000 };
const prompt = { low: 90, likely: 100, high: 120, exact: false };
/** $1 for a million tokens in, a tenth of that from the cache, $5 out; twice as much above 200,000 tokens. */
const price: ModelPrice = {
  ...{ provider: "copilot", model: "one", name: "One", source: "policy" },
  rates: { input: "1000000", cacheRead: "100000", output: "5000000" },
  tiers: [{ above: 200_000, rates: { input: "2000000", output: "10000000" } }],
};

const session = (tokens: number, minutes: number) => ({ tokens, at: NOW - minutes * MINUTE });
const micro = (nano: bigint) => Number(nano) / 1_000;

describe("the estimate of a turn", () => {
  it("starts at the session's context and the prompt, read from the cache while that lives, and goes on as such turns do", () => {
    const at = (minutes: number) => costRange(turnEstimate(prompt, session(100_000, minutes), further, NOW), price);
    assert.equal(micro(at(1).start), 10_000 + 100);
    assert.equal(micro(at(1).likely), 10_000 + 100 + 10_000);
    assert.equal(micro(at(30).start), 10_000 + 100);
    assert.equal(micro(at(61).start), 100_000 + 100);
    // Nine of ten: five minutes after the last call the cache may be gone.
    assert.equal(micro(at(1).high), 10_000 + 120 + 4_000 + 50_000);
    assert.equal(micro(at(30).high), 100_000 + 120 + 4_000 + 50_000);
  });

  it("begins a new session with what an assistant sends before the person's words", () => {
    const { input } = turnEstimate(prompt, undefined, further, NOW);
    assert.deepEqual([input.low < input.likely, input.likely < input.high, input.likely > 10_000], [true, true, true]);
  });

  it("calls a session cold when it is large and surely forgotten", () => {
    assert.deepEqual(
      [session(100_000, 61), session(100_000, 59), session(19_000, 600), undefined].map((one) => isCold(one, NOW)),
      [true, false, false, false],
    );
  });

  it("holds what the policy wants a hold to cover, and every cost is at least the one before", () => {
    const tokens = fc.nat(2_000_000);
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, fc.nat(200), (size, words, likely, more, minutes) => {
        const one = { low: words, likely: words, high: words, exact: true };
        const estimate = turnEstimate(one, session(size, minutes), { likely, high: likely + more }, NOW);
        const flat = priceAtContext(price, estimate.input.high);
        const { start, likely: usual, high, worst } = costRange(estimate, flat);
        assert.ok(start <= usual && usual <= high && high === worst);
        assert.equal(costRange(estimate, priceAtContext(flat, 0)).high, high, "no tier is reached by what a turn sums up to");
        for (const hold of ["likely", "p90", "worst"] as const) {
          const { input, cacheRead } = usageCovered(estimate, hold);
          const cost = BigInt(input) * 1_000_000n + BigInt(cacheRead) * 100_000n;
          if (estimate.input.high <= 200_000) assert.equal((cost + 500n) / 1_000n, hold === "likely" ? usual : high);
        }
      }),
    );
  });
});

describe("what is left of a hold", () => {
  it("is the same usage in proportion, never more than it was and never less than nothing", () => {
    const counts = fc.record({ input: fc.nat(1e9), cacheRead: fc.nat(1e9), output: fc.nat(1e9) });
    fc.assert(
      fc.property(counts, fc.bigInt(-10n, 10n ** 15n), fc.bigInt(1n, 10n ** 15n), (held, left, of) => {
        const rest = usageLeft(usageOf(held), left, of);
        for (const name of ["input", "cacheRead", "output"] as const) {
          assert.ok(rest[name] >= 0 && rest[name] <= held[name]);
          if (left < of && left > 0n) assert.ok(Math.abs(rest[name] - (held[name] * Number(left)) / Number(of)) <= 1.01);
        }
      }),
    );
    assert.deepEqual(usageLeft(usageOf({ input: 10 }), 0n, 5n), usageOf());
  });
});

describe("a usage as tokens of input", () => {
  it("costs as much as they do, whatever its classes", () => {
    const usage = usageOf({ input: 1_000, cacheRead: 10_000, output: 200 });
    assert.equal(asInputTokens(usage, price), 1_000 + 1_000 + 1_000);
    assert.equal(asInputTokens(usage, { ...price, rates: { input: "0", output: "0" } }), 3_000); // a plan's price tells nothing
    assert.equal(asInputTokens(usage, undefined), 3_000);
  });
});
