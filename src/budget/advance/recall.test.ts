import assert from "node:assert/strict";
import fc from "fast-check";
import { callHome, hasFarMore, isNearEnd, isParked } from "./recall.ts";

const pool = (limit: bigint, spend: bigint) => ({ key: "a", limit, spend, held: 0n });

describe("calling money home", () => {
  it("calls the largest until twice what is short may come, and nobody besides", () => {
    const holders = fc.array(
      fc.bigInt(1n, 50n).map((free) => ({ free })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(holders, fc.bigInt(1n, 200n), (holders, short) => {
        const { called, covers } = callHome(holders, short);
        const sum = (some: readonly { free: bigint }[]) => some.reduce((total, { free }) => total + free, 0n);
        assert.deepEqual(called, holders.slice(0, called.length));
        assert.ok(called.length === holders.length || sum(called) >= 2n * short);
        assert.ok(called.length === 0 || sum(called.slice(0, -1)) < 2n * short);
        assert.equal(covers, sum(holders) >= short);
      }),
    );
  });

  it("lets a message wait only where money is on its way to every allowance that refused", () => {
    const covered = new Set(["a", "b"]);
    assert.deepEqual(
      [[], [{ key: "a" }], [{ key: "a" }, { key: "b" }], [{ key: "a" }, { key: "c" }]].map((some) => isParked(some, covered)),
      [false, true, true, false],
    );
  });

  it("tells of a cap below a twentieth of the limit, and those who have more than half as much again", () => {
    assert.deepEqual([isNearEnd(pool(100n, 95n)), isNearEnd(pool(100n, 96n))], [false, true]);
    assert.deepEqual([hasFarMore({ free: 15n }, 10n), hasFarMore({ free: 16n }, 10n)], [false, true]);
  });
});
