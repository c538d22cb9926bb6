import assert from "node:assert/strict";
import { MUTANTS } from "../../../test/torture/advances/parts.ts";
import { simulate, sum } from "../../../test/torture/advances/simulation.ts";
import { Broken } from "../../../test/torture/advances/world.ts";
import { ONE } from "../money.ts";
import { applySync, EMPTY_ADVANCE } from "./endpoint.ts";

/** A sample of what `npm run torture -- advances` does with 1,000 seeds. */
const SEED = 20_261_124;

describe("advances in a bad world", function () {
  this.timeout(120_000);

  it("keep every promise over 100 seeds, and let most requests go on at once", () => {
    const tallies = Array.from({ length: 100 }, (_, i) => simulate(SEED + i).tally);
    const { admitted, atOnce, refused, whilePartitioned, crashes, syncs } = tallies.reduce(sum);
    // Promises are easily kept by refusing everything.
    assert.ok(admitted > 40_000 && whilePartitioned > 5_000, `${admitted} admitted, ${whilePartitioned} of them while cut off`);
    assert.ok(atOnce > 0.6 * admitted, `${atOnce} of ${admitted} at once`);
    assert.ok(syncs < 1.5 * (admitted + refused), `${syncs} messages`);
    assert.ok(crashes > 1_000 && refused > 5_000, `${crashes} crashes, ${refused} refused`);
  });

  it("happen again from the same seed", () => assert.deepEqual(simulate(SEED).tally, simulate(SEED).tally));

  for (const [name, wrong] of Object.entries(MUTANTS))
    it(`find out when ${name}`, () => {
      for (let i = 0; i < 30; i++) {
        try {
          simulate(SEED + i, wrong);
        } catch (error) {
          if (error instanceof Broken) return;
          throw error;
        }
      }
      assert.fail("30 seeds saw nothing wrong");
    });
});

describe("granting", () => {
  it("does not count money twice when a need fits into what the advance holds already (found by a seed)", () => {
    const pool = { key: "team", limit: 10n * ONE, spend: 0n, held: 10n * ONE };
    const needs = [
      { id: "fits", amount: 2n * ONE },
      { id: "too large", amount: 12n * ONE },
    ];
    const report = { seq: 1, granted: 10n * ONE, spent: 0n, returned: 0n, open: 0n, needs, want: 0n };
    const outcome = applySync({ ...EMPTY_ADVANCE, granted: 10n * ONE }, [pool], report, { cap: 0n, close: false });
    assert.deepEqual(outcome.refused, [{ id: "too large", key: "team", remaining: 0n }]);
    assert.equal(outcome.advance.granted, 10n * ONE);
  });
});
