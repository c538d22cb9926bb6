import assert from "node:assert/strict";
import type { ModelPrice } from "../../prices/rates.ts";
import { costOfFile, together } from "./cost.ts";

/** $1 per million of new input, $0.10 from the cache, $10 of output. */
const price: ModelPrice = {
  ...{ provider: "acme", model: "m", name: "M", source: "catalogue" },
  rates: { input: "1000000", cacheRead: "100000", output: "10000000" },
};
const output = { likely: 400, high: 2_000, worst: 16_000 };
const micro = 1_000n; // nano-USD: the price of one token of new input
const band = { low: 900, likely: 1_000, high: 1_100, exact: false };
const exactly = (tokens: number) => ({ low: tokens, likely: tokens, high: tokens, exact: true });

describe("the price of a prompt file", () => {
  it("of a request: from a usual answer to a long one, from what is sure to all that is linked", () => {
    const files = [
      { tokens: exactly(50), isImported: true },
      { tokens: exactly(7), isImported: false },
    ];
    const { from, to } = costOfFile({ paid: "asRequest", own: band, files }, output, price);
    assert.equal(from, (1_050n + 400n * 10n) * micro);
    assert.equal(to, (1_157n + 2_000n * 10n) * micro);
  });

  it("of what goes along: from the provider's cache to new, without an answer", () => {
    const files = [{ tokens: exactly(7), isImported: false }];
    assert.deepEqual(costOfFile({ paid: "always", own: band, files }, output, price), { from: 100n * micro, to: 1_107n * micro });
  });

  it("is exact only where every count is", () => {
    assert.deepEqual(together([exactly(1), exactly(2)]), exactly(3));
    assert.deepEqual(together([exactly(1), band]), { low: 901, likely: 1_001, high: 1_101, exact: false });
    assert.deepEqual(together([]), exactly(0));
  });
});
