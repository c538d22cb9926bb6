import assert from "node:assert/strict";
import { formatAmount, parseAmount } from "../money.ts";
import { figuresOf, type MachineAllowance, tightestOf } from "./allowance.ts";

const allowance = (more: Partial<MachineAllowance> = {}): MachineAllowance => ({
  key: "dev|p|2026-11",
  id: "dev",
  name: "Yours",
  per: "developer",
  unit: "usd",
  period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
  limit: "20",
  softLimit: 0.8,
  spend: "0",
  held: "0",
  ownFree: "0",
  ...more,
});

describe("an allowance's figures", () => {
  for (const [what, more, used, remaining, share, level] of [
    ["nothing used", {}, "0", "20", 0, "ok"],
    ["spend and holds count as used", { spend: "5", held: "3" }, "8", "12", 0.4, "ok"],
    ["money in the machine's own advance is not used", { spend: "5", held: "3", ownFree: "2.5" }, "5.5", "14.5", 0.275, "ok"],
    ["more free than held (a snapshot apart) gives nothing back", { spend: "5", held: "1", ownFree: "2" }, "5", "15", 0.25, "ok"],
    ["at the soft limit", { spend: "16" }, "16", "4", 0.8, "soft"],
    ["a hair below the limit", { spend: "19.999999999" }, "19.999999999", "0.000000001", 0.999999, "soft"],
    ["at the limit", { spend: "20" }, "20", "0", 1, "spent"],
    ["overdrawn", { spend: "25" }, "25", "0", 1.25, "spent"],
    ["a limit of nothing", { limit: "0" }, "0", "0", 1, "spent"],
  ] as const)
    it(what, () =>
      assert.deepEqual(figuresOf(allowance(more)), {
        limit: parseAmount(("limit" in more && more.limit) || "20"),
        used: parseAmount(used),
        left: parseAmount(remaining),
        remaining: parseAmount(remaining),
        overdrawn: 0n,
        share,
        level,
      }),
    );

  it("leave an overdraft to be used beyond the limit", () => {
    const figures = (spend: string) => {
      const { left, remaining, overdrawn, level } = figuresOf(allowance({ spend, overdraft: "5" }));
      return [...[left, remaining, overdrawn].map(formatAmount), level];
    };
    assert.deepEqual(figures("19"), ["1", "6", "0", "soft"]);
    assert.deepEqual(figures("20"), ["0", "5", "0", "soft"]);
    assert.deepEqual(figures("22"), ["0", "3", "2", "soft"]);
    assert.deepEqual(figures("25"), ["0", "0", "5", "spent"]);
  });

  it("the tightest is the one with the largest share used, then the one that resets last", () => {
    const roomy = allowance({ id: "roomy", spend: "2" });
    const tight = allowance({ id: "tight", limit: "2", spend: "1" });
    assert.equal(tightestOf([roomy, tight])?.id, "tight");
    const later = allowance({ ...tight, id: "later", period: { ...tight.period, resetsAt: "2027-01-01T00:00:00Z" } });
    assert.equal(tightestOf([tight, later])?.id, "later");
    assert.equal(tightestOf([]), undefined);
  });
});
