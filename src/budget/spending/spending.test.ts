import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAmount, ONE, type Unit } from "../money.ts";
import { amountOf, DIMENSIONS, partsBy, type SpendRow, spendByDay, totalOf } from "./spending.ts";

function row(part: Partial<SpendRow> = {}): SpendRow {
  return {
    ...{ day: "2026-11-24", provider: "openai", model: "gpt-5", origin: "chat", requests: 1, uncertain: 0 },
    ...{ cost: "1", tokens: "1000" },
    ...part,
  };
}

describe("spend, told apart", () => {
  const rows = [
    row({ cost: "0.25", workspace: "ferry" }),
    row({ cost: "1.50", provider: "anthropic", model: "claude-opus-5", requests: 3, uncertain: 1 }),
    row({ cost: "0.25", day: "2026-11-22", workspace: "ferry", origin: "send", tokens: "9000" }),
  ];

  it("by model names what used most first, with its share", () => {
    assert.deepEqual(partsBy(rows, "model", "usd"), [
      { value: "anthropic/claude-opus-5", requests: 3, uncertain: 1, cost: (3n * ONE) / 2n, tokens: 1000n * ONE, share: 0.75 },
      { value: "openai/gpt-5", requests: 2, uncertain: 0, cost: ONE / 2n, tokens: 10_000n * ONE, share: 0.25 },
    ]);
    assert.equal(partsBy(rows, "model", "tokens")[0]?.value, "openai/gpt-5");
  });

  it("by workspace has a part for what comes from none", () => {
    assert.deepEqual(
      partsBy(rows, "workspace", "usd").map(({ value }) => value),
      ["", "ferry"],
    );
  });

  it("by day keeps the order of days, and fills in those without any", () => {
    assert.deepEqual(
      partsBy(rows, "day", "usd").map(({ value }) => value),
      ["2026-11-22", "2026-11-24"],
    );
    assert.deepEqual(
      spendByDay(rows, "2026-11-21", "2026-11-24", "usd").map(({ spent }) => formatAmount(spent)),
      ["0", "0.25", "0", "1.75"],
    );
  });

  it("of nothing has no share", () => {
    assert.equal(partsBy([row({ cost: "0" })], "model", "usd")[0]?.share, 0);
    assert.deepEqual(partsBy([], "model", "usd"), []);
  });

  it("adds up to the same by whatever it is told apart", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
    const any = fc.record({
      day: fc.constantFrom("2026-11-22", "2026-11-23"),
      provider: fc.constantFrom("", "a", "b"),
      model: fc.constantFrom("", "x", "y"),
      workspace: fc.constantFrom("ferry", "port"),
      origin: fc.constantFrom("chat", "send"),
      requests: fc.nat(9),
      uncertain: fc.nat(2),
      cost: amount.map(formatAmount),
      tokens: amount.map(formatAmount),
    });
    fc.assert(
      fc.property(
        fc.array(any, { maxLength: 20 }),
        fc.constantFrom(...DIMENSIONS),
        fc.constantFrom<Unit>("usd", "tokens"),
        (list, by, unit) => {
          const parts = partsBy(list, by, unit);
          const sum = parts.reduce((total, part) => total + amountOf(part, unit), 0n);
          assert.equal(sum, totalOf(list)[unit]);
          const shares = parts.reduce((total, { share }) => total + share, 0);
          assert.ok(sum === 0n ? shares === 0 : shares <= 1 && shares > 0.9999, String(shares));
          assert.equal(new Set(parts.map(({ value }) => value)).size, parts.length);
        },
      ),
    );
  });
});
