import assert from "node:assert/strict";
import { PersonalBudgetSchema, personalAllowance } from "./personal.ts";

const at = Date.parse("2026-11-24T23:30:00Z");
const of = (budget: object, timeZone = "Europe/Copenhagen") =>
  personalAllowance(PersonalBudgetSchema.parse(budget), timeZone, 0.8, at);

describe("a personal budget", () => {
  it("is dollars a month unless it says otherwise", () => {
    const { name, unit, limit, per, period, spend } = of({ limit: "20" });
    assert.deepEqual([name, unit, limit, per, spend], ["Your month", "usd", "20", "personal", "0"]);
    assert.deepEqual(period, { kind: "month", start: "2026-10-31T23:00:00.000Z", resetsAt: "2026-11-30T23:00:00.000Z" });
  });

  it("begins its periods in the person's time zone", () => {
    assert.equal(of({ limit: "5", period: "day" }).period.start, "2026-11-24T23:00:00.000Z");
    assert.equal(of({ limit: "5", period: "day" }, "America/New_York").period.start, "2026-11-24T05:00:00.000Z");
  });

  it("keeps its key when only the limit or the name changes, and has another for other models, units and periods", () => {
    const key = (budget: object) => of({ limit: "20", ...budget }).key;
    assert.equal(key({ limit: "30", name: "Mine" }), key({}));
    const others = [{}, { unit: "tokens" }, { period: "week" }, { models: ["openai/*"] }, { models: ["openai/*", "o3"] }];
    assert.equal(new Set(others.map(key)).size, others.length);
  });

  it("refuses what makes no sense", () => {
    for (const budget of [{}, { limit: "-1" }, { limit: 20 }, { limit: "20", period: "year" }, { limit: "20", models: [] }])
      assert.equal(PersonalBudgetSchema.safeParse(budget).success, false, JSON.stringify(budget));
  });
});
