import assert from "node:assert/strict";
import { applySync } from "../../src/budget/advance/endpoint.ts";
import { replay } from "../torture/advances/replay.ts";
import { simulate } from "../torture/advances/simulation.ts";
import { overBothStores } from "./support/stores.ts";
import { counted, splitAlways } from "./support/subRows.ts";

/** A sample of what `npm run torture -- replays` does. */
const SEED = 20_261_125;

overBothStores("the machine in SQL, through what the pure one went through", (under) => {
  for (const seed of [SEED])
    it(`answers every message the same and has the same books at the end (seed ${seed})`, async function () {
      this.timeout(120_000);
      const merged = await replay(under.store, simulate(seed).endpoint);
      assert.ok(merged > 300, `${merged} messages`);
    });

  it(`does so over sub-rows, too, where the team's row is split whenever it may be (seed ${SEED})`, async function () {
    this.timeout(120_000);
    const { store, writes } = counted(under.store, /update allowance_sub_row/);
    const merged = await replay(store, simulate(SEED).endpoint, splitAlways());
    assert.ok(merged > 300, `${merged} messages`);
    assert.ok(writes() > 100, `${writes()} of them over sub-rows`);
  });

  it("is seen to differ from a pure one that tops up by a nano less", async () => {
    const { endpoint } = simulate(SEED, {
      applySync: (advance, pools, { want, ...report }, terms) =>
        applySync(advance, pools, { ...report, want: want > 0n ? want - 1n : want }, terms),
    });
    await assert.rejects(replay(under.store, endpoint), { name: "AssertionError" });
  });
});
