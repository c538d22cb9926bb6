import assert from "node:assert/strict";
import fc from "fast-check";
import { divideHalfUp, formatAmount, isDecimal, ONE, parseAmount, shareOf, showAmount, showTokens } from "./money.ts";

describe("money", () => {
  it("reads and writes decimals exactly", () => {
    for (const [text, nano] of [
      ["0", 0n],
      ["12.4", 12_400_000_000n],
      ["12.400000000", 12_400_000_000n],
      ["0.000000001", 1n],
      ["-0.5", -500_000_000n],
      ["9007199254740993", 9_007_199_254_740_993_000_000_000n],
    ] as const)
      assert.equal(parseAmount(text), nano);
    assert.equal(formatAmount(12_400_000_000n), "12.4");
    assert.equal(formatAmount(-1n), "-0.000000001");
  });

  it("comes back from the wire as it went", () => {
    const amounts = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    fc.assert(fc.property(amounts, (nano) => assert.equal(parseAmount(formatAmount(nano)), nano)));
  });

  it("refuses everything that is not a plain decimal", () => {
    for (const text of [
      "",
      " ",
      "1.",
      ".5",
      "+1",
      "1e3",
      "0x10",
      "1,5",
      "1.0000000001",
      "NaN",
      "--1",
      "1 ",
      "١",
      `1${"0".repeat(29)}`,
    ]) {
      assert.equal(isDecimal(text), false, text);
      assert.throws(() => parseAmount(text), RangeError);
    }
  });

  it("does not drift over 100,000 sums, where floats do", () => {
    let nano = 0n;
    let float = 0;
    for (let i = 0; i < 100_000; i++) {
      nano += parseAmount("0.0002313");
      float += 0.0002313;
    }
    assert.equal(formatAmount(nano), "23.13");
    assert.notEqual(float, 23.13);
  });

  it("rounds half up", () => {
    for (const [numerator, expected] of [
      [0n, 0n],
      [499n, 0n],
      [500n, 1n],
      [1499n, 1n],
      [1500n, 2n],
    ] as const)
      assert.equal(divideHalfUp(numerator, 1000n), expected);
    assert.equal(divideHalfUp(1n, 3n), 0n);
    assert.equal(divideHalfUp(2n, 3n), 1n);
    assert.throws(() => divideHalfUp(1n, 0n), RangeError);
  });

  it("says all of nothing is used", () => {
    assert.equal(shareOf(0n, 0n), 1);
    assert.equal(shareOf(5n, -1n), 1);
    assert.equal(shareOf(1n, 4n), 0.25);
    assert.equal(shareOf(3n, 2n), 1.5);
  });

  for (const [amount, shown] of [
    ["0", "$0"],
    ["0.000000001", "<$0.01"],
    ["0.009999999", "<$0.01"],
    ["0.01", "$0.01"],
    ["0.45", "$0.45"],
    ["3.2", "$3.20"],
    ["9.994", "$9.99"],
    ["9.995", "$10"],
    ["12.49", "$12"],
    ["12.5", "$13"],
    ["1240", "$1,240"],
    ["-3.2", "-$3.20"],
  ] as const)
    it(`shows ${amount} dollars as ${shown}`, () => assert.equal(showAmount(parseAmount(amount), "usd"), shown));

  for (const [count, shown] of [
    [0, "0"],
    [950, "950"],
    [999, "999"],
    [1_000, "1k"],
    [1_240, "1.2k"],
    [9_949, "9.9k"],
    [9_960, "10k"],
    [12_000, "12k"],
    [999_499, "999k"],
    [999_500, "1M"],
    [3_400_000, "3.4M"],
    [2_000_000_000, "2B"],
    [-12_000, "-12k"],
  ] as const)
    it(`shows ${count} tokens as ${shown}`, () => assert.equal(showTokens(count), shown));

  it("shows an amount of tokens as a count", () => assert.equal(showAmount(12_000n * ONE, "tokens"), "12k"));
});
