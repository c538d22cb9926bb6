import assert from "node:assert/strict";
import fc from "fast-check";
import { sparkline } from "./sparkline.ts";

describe("columns of text", () => {
  it("are as high as their amounts, in eighths of the largest", () => {
    assert.equal(sparkline([0n, 1n, 100n, 101n, 200n, 799n, 800n]), "·▁▁▂▂██");
    assert.equal(sparkline([0n, 0n]), "··");
    assert.equal(sparkline([]), "");
    assert.equal(sparkline([7n]), "█");
  });

  it("keep the order of amounts, and show everything that is not nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 30n }), { minLength: 2 }), (amounts) => {
        const columns = [...sparkline(amounts)];
        assert.equal(columns.length, amounts.length);
        for (const [index, amount] of amounts.entries()) {
          assert.equal(columns[index] === "·", amount === 0n);
          const next = columns[index + 1];
          if (next && next !== "·" && columns[index] !== "·" && amount <= amounts[index + 1]!) assert.ok(columns[index]! <= next);
        }
      }),
    );
  });
});
