import assert from "node:assert/strict";
import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import type { OpenReply } from "../../protocol/daemon.ts";
import { takingsFor } from "./takings.ts";

const allowance = (id: string, more: Partial<MachineAllowance> = {}): MachineAllowance => ({
  ...{ key: id, id, name: id, per: "developer", unit: "usd", limit: "10", softLimit: 0.8, spend: "9.5", held: "0", ownFree: "0" },
  period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
  ...more,
});
const reply: OpenReply = {
  ...{ id: "r", decision: "block", reasons: [], priceKnown: true, held: { usd: "0", tokens: "0" }, policyVersion: 1 },
  cost: { start: "0.1", likely: "0.6", high: "1.204", worst: "4" },
};
const taken = (allowances: MachineAllowance[], hold: "likely" | "p90" | "worst" = "p90", work: object = {}) =>
  takingsFor({ ref: { provider: "acme", model: "large" }, work, reply }, allowances, hold).map(({ allowance, amount }) => [
    allowance.id,
    amount,
  ]);

describe("what is taken so that a refused request goes through", () => {
  it("is what its hold lacks in each allowance of the person's own, in whole cents", () => {
    const day = allowance("day", { limit: "1", spend: "2" });
    assert.deepEqual(taken([allowance("month"), day, allowance("roomy", { spend: "0" })]), [
      ["month", "0.71"],
      ["day", "2.21"],
    ]);
    assert.deepEqual(
      [taken([allowance("month")], "likely"), taken([allowance("month")], "worst")],
      [[["month", "0.1"]], [["month", "3.5"]]],
    );
  });

  it("leaves an overdraft to be used", () => {
    assert.deepEqual(taken([allowance("month", { overdraft: "0.5" })]), [["month", "0.21"]]);
    assert.deepEqual(taken([allowance("month", { overdraft: "1" })]), []);
  });

  it("is nothing of the team's, of tokens, or of what the request does not draw on", () => {
    const others = [
      allowance("pool", { per: "team" }),
      allowance("tokens", { unit: "tokens" }),
      allowance("small", { models: ["small"] }),
    ];
    assert.deepEqual(taken(others), []);
    const [usual, fire] = [allowance("month", { exempt: ["fire"] }), allowance("fire", { purposes: ["fire"] })];
    assert.deepEqual(taken([usual, fire], "p90", { purpose: "fire" }), [["fire", "0.71"]]);
  });
});
