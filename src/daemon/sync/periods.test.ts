import assert from "node:assert/strict";
import type { Allowance } from "../../budget/allowance/allowance.ts";
import { currentPeriod } from "./periods.ts";

const NOVEMBER: Allowance = {
  ...{ key: "month|p_1|2026-11", id: "month", name: "Your month", per: "developer", unit: "usd" },
  period: { kind: "month", start: "2026-10-31T23:00:00.000Z", resetsAt: "2026-11-30T23:00:00.000Z" },
  ...{ limit: "10", softLimit: 0.8, spend: "10", held: "1" },
};

describe("an allowance whose period has ended unheard", () => {
  const at = (instant: string) => currentPeriod(NOVEMBER, "Europe/Berlin", Date.parse(instant));

  it("is as the endpoint told until then", () => assert.equal(at("2026-11-30T22:59:59Z"), NOVEMBER));

  it("begins anew in the team's time zone, under the key of the new period", () =>
    assert.deepEqual(at("2026-11-30T23:00:00Z"), {
      ...NOVEMBER,
      key: "month|p_1|2026-12",
      period: { kind: "month", start: "2026-11-30T23:00:00.000Z", resetsAt: "2026-12-31T23:00:00.000Z" },
      spend: "0",
      held: "0",
    }));

  it("also within a millisecond, which clocks that are averaged name", () => {
    const now = Date.parse("2026-12-01T00:00:00Z") + 0.5;
    assert.equal(currentPeriod(NOVEMBER, "Europe/Berlin", now).key, "month|p_1|2026-12");
  });

  it("keeps no grant beyond its instant, and none in the new period", () => {
    const grants = [
      { amount: "5", until: "2026-11-25T12:00:00.000Z" },
      { amount: "2", until: NOVEMBER.period.resetsAt },
    ];
    const raised = (instant: string) => currentPeriod({ ...NOVEMBER, limit: "17", grants }, "Europe/Berlin", Date.parse(instant));
    assert.deepEqual([raised("2026-11-25T11:59:59Z").limit, raised("2026-11-25T12:00:00Z").limit], ["17", "12"]);
    assert.deepEqual(raised("2026-11-25T12:00:00Z").grants, [grants[1]]);
    assert.deepEqual([raised("2026-11-30T23:00:00Z").limit, raised("2026-11-30T23:00:00Z").grants], ["10", undefined]);
  });

  it("also when several have gone by", () => assert.equal(at("2027-02-10T12:00:00Z").key, "month|p_1|2027-02"));
});
