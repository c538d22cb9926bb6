import assert from "node:assert/strict";
import { inEnglish } from "../message.ts";
import { planLine, planName, planUsed } from "./planMeterText.ts";
import { type PlanMeter, planFiguresAt } from "./planWindow.ts";

const NOW = Date.parse("2026-11-16T09:00:00Z");
const claude: PlanMeter = {
  ...{ name: "Claude", window: "5h", unit: "requests", limit: "200", used: "76.33", unknown: 0 },
  resetsAt: "2026-11-16T13:00:00Z",
};
const words = (meter: PlanMeter, now = NOW) => {
  const figures = planFiguresAt(meter, now);
  return [planName(meter), planUsed(meter, figures), planLine(meter, figures)].map(inEnglish);
};

describe("a plan's window in words", () => {
  it("says how much of it was seen used here", () => {
    assert.deepEqual(words(claude), ["Claude: five hours", "76.3 of 200 requests seen here", "Claude 38%"]);
  });

  it("makes up no share where the vendor does not say what the window holds", () => {
    const { limit: _, ...unknown } = { ...claude, unit: "tokens" as const, used: "1234567" };
    assert.deepEqual(words(unknown), ["Claude: five hours", "1.2M tokens seen here", "Claude: 1.2M tokens"]);
  });

  it("is empty once its window is over", () => {
    const over = Date.parse(claude.resetsAt!);
    assert.deepEqual(words(claude, over), ["Claude: five hours", "0 of 200 requests seen here", "Claude 0%"]);
  });

  it("leaves room for others on one line", () => {
    assert.equal(words({ ...claude, name: "A subscription with a very long name" })[2], "A subscription with 38%");
  });
});
