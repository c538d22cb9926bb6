import assert from "node:assert/strict";
import type { MachineAllowance } from "../budget/allowance/allowance.ts";
import { DEFAULT_POLICY } from "../budget/policy/policy.ts";
import type { History, State } from "../protocol/daemon.ts";
import { glanceText } from "./glance.ts";

const NOW = Date.parse("2026-11-16T12:00:00Z");
const history: History = {
  ...{ timeZone: "UTC", from: "2026-11-16", today: "2026-11-16", rows: [] },
  patterns: { month: { weekdays: [1, 1, 1, 1, 1, 1, 1], daily: 3.5, variation: 0.3 } },
};
const allowance = (spend: string): MachineAllowance => ({
  ...{ key: "month|p|2026-11", id: "month", name: "Your month", per: "developer", unit: "usd", limit: "60", softLimit: 0.8 },
  period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
  ...{ spend, held: "0", ownFree: "0" },
});
const state = (part: Partial<State>): State => ({
  ...{
    sync: { phase: "live" },
    allowances: [],
    plans: [],
    planMeters: [],
    grants: [],
    outputs: {},
    coverage: [],
    assistants: [],
    clockSkew: 0,
  },
  policy: { version: 1, author: "", note: "", createdAt: "2026-11-01T00:00:00Z", policy: DEFAULT_POLICY },
  ...{ priceRef: "", pending: { entries: 0, uncertain: 0 } },
  ...part,
});
const glance = (part: Partial<State>) => glanceText(state(part), history, NOW);

describe("a glance", () => {
  it("is the tightest allowance, when it runs out, and its reset once it has", () => {
    assert.equal(glance({ allowances: [allowance("3"), allowance("20")] }), "$40 left · 33%");
    assert.equal(glance({ allowances: [allowance("52")] }), "$8.00 left · 86% · out Wed");
    assert.equal(glance({ allowances: [allowance("60")] }), "used up · resets 1 Dec");
  });

  it("says what is wrong", () => {
    assert.equal(glance({ sync: { phase: "offline" }, allowances: [allowance("20")] }), "offline · $40 left · 33%");
    assert.equal(glance({ sync: { phase: "refused" }, allowances: [allowance("20")] }), "sign in again");
  });

  it("is a plan's window where there is no allowance; and nothing where there is neither", () => {
    const plan = { name: "Claude", window: "5h", unit: "requests", limit: "200", used: "50", unknown: 0 } as const;
    assert.equal(glance({ planMeters: [{ ...plan, resetsAt: "2026-11-16T13:00:00Z" }] }), "Claude 25%");
    assert.equal(glance({ sync: { phase: "signedOut" } }), "");
  });
});
