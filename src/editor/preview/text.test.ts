import assert from "node:assert/strict";
import type { Reader } from "../words.ts";
import { countText, priceDetail, rangeText, tokensText } from "./text.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  now: 0,
};
const exact = { low: 1_234, likely: 1_234, high: 1_234, exact: true };
const estimated = { low: 1_000, likely: 1_234, high: 1_500, exact: false };

describe("tokens and prices as text", () => {
  it("mark what is an estimate, and show its range", () => {
    assert.deepEqual([tokensText(exact, reader), tokensText(estimated, reader)], ["1.2k tokens", "~1.2k tokens"]);
    assert.deepEqual([countText(exact, reader), countText(estimated, reader)], ["1,234", "~1,234"]);
    assert.deepEqual([rangeText(exact, reader), rangeText(estimated, reader)], [undefined, "1,000 to 1,500"]);
  });

  it("show a model's price by the million tokens", () => {
    const price = { provider: "acme", model: "x", name: "X", rates: { input: "2500000", output: "10000000" } };
    assert.equal(priceDetail({ ...price, source: "catalogue" }, reader), "$2.50 in, $10 out per 1M tokens");
  });
});
