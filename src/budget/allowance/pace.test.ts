import assert from "node:assert/strict";
import type { MachineAllowance } from "./allowance.ts";
import { paceOf } from "./pace.ts";

/** A period of ten days and a limit of 100. */
const used = (spend: string): MachineAllowance => ({
  key: "k",
  id: "dev",
  name: "Yours",
  per: "developer",
  unit: "usd",
  period: { kind: "week", start: "2026-11-01T00:00:00Z", resetsAt: "2026-11-11T00:00:00Z" },
  limit: "100",
  softLimit: 0.8,
  spend,
  held: "0",
  ownFree: "0",
});
const day = (number: number) => Date.parse("2026-11-01T00:00:00Z") + (number - 1) * 86_400_000;

describe("pace", () => {
  it("is 1 exactly on budget, and leads past the reset", () =>
    assert.deepEqual(paceOf(used("50"), day(6)), { elapsed: 0.5, ratio: 1 }));

  it("above 1 names the instant when it runs out", () =>
    assert.deepEqual(paceOf(used("50"), day(3)), { elapsed: 0.2, ratio: 2.5, runsOutAt: day(5) }));

  it("below 1 never runs out", () => assert.deepEqual(paceOf(used("10"), day(6)), { elapsed: 0.5, ratio: 0.2 }));

  it("of an unused allowance is 0", () => assert.deepEqual(paceOf(used("0"), day(6)), { elapsed: 0.5, ratio: 0 }));

  it("says nothing in the first hundredth, nor before the start", () => {
    assert.deepEqual(paceOf(used("50"), day(1) + 60_000).ratio, undefined);
    assert.deepEqual(paceOf(used("50"), day(0)), { elapsed: 0 });
  });

  it("of a spent allowance has run out now", () => {
    assert.deepEqual(paceOf(used("120"), day(6)), { elapsed: 0.5, ratio: 2.4, runsOutAt: day(6) });
    assert.deepEqual(paceOf(used("120"), day(20)), { elapsed: 1, ratio: 1.2, runsOutAt: day(11) });
  });
});
