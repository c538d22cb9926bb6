import assert from "node:assert/strict";
import fc from "fast-check";
import { leftOf, type Pool } from "./endpoint.ts";
import { isNearEnd } from "./recall.ts";
import { covers, SUB_ROWS, shareOf } from "./subRows.ts";

describe("sub-rows of a pool", () => {
  const amount = fc.bigInt(0n, 10_000n);
  const pool = fc.record({ key: fc.constant("pool"), limit: amount, spend: amount, held: amount });

  it("share out no more than is left, and all of it but a remainder", () => {
    fc.assert(
      fc.property(pool, (pool) => {
        const share = shareOf(pool);
        const rest = leftOf(pool) - BigInt(SUB_ROWS) * share;
        assert.ok(share >= 0n);
        assert.ok(share === 0n || (rest >= 0n && rest < SUB_ROWS));
      }),
    );
  });

  it("are none where the pool is near its end", () => {
    fc.assert(
      fc.property(pool, (pool) => {
        if (isNearEnd(pool)) assert.equal(shareOf(pool), 0n);
      }),
    );
  });

  it("never let the pool pass its limit, whichever of them takes what, and gives back what another took", () => {
    const moves = fc.array(
      fc.record({ row: fc.nat(SUB_ROWS - 1), spend: fc.bigInt(-200n, 600n), held: fc.bigInt(-200n, 600n) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(fc.bigInt(1_000n, 10_000n), moves, (limit, moves) => {
        let whole: Pool = { key: "pool", limit, spend: 0n, held: 0n };
        const left = Array.from({ length: SUB_ROWS }, () => shareOf(whole));
        for (const { row, spend, held } of moves) {
          const next = { ...whole, spend: whole.spend + spend, held: whole.held + held };
          if (!covers(left[row]!, whole, next)) continue;
          left[row] = left[row]! + leftOf(next) - leftOf(whole);
          whole = next;
          assert.ok(left[row]! >= 0n);
          assert.ok(leftOf(whole) >= left.reduce((sum, one) => sum + one, 0n));
        }
      }),
    );
  });
});
