import assert from "node:assert/strict";
import { formatAmount } from "../money.ts";
import { recentSpending } from "./recentSpending.ts";
import type { SpendRow } from "./spending.ts";

const TODAY = "2026-11-24";
const row = (day: string, model: string, cost: string, tokens = "1000"): SpendRow => ({
  ...{ day, provider: "openai", model, origin: "chat", requests: 1, uncertain: 0, cost, tokens },
});

describe("the last days", () => {
  it("are fourteen, with what was used in all of them and today, and by what most", () => {
    const recent = recentSpending(
      [
        row("2026-11-10", "old", "100"),
        row("2026-11-11", "gpt-5", "6"),
        row("2026-11-20", "gpt-5-mini", "1.5"),
        row(TODAY, "gpt-5", "0.50"),
        row(TODAY, "", "2"),
        row("2026-11-25", "gpt-5", "50"),
      ],
      TODAY,
    )!;
    assert.equal(recent.days.length, 14);
    assert.deepEqual([recent.days[0]?.day, recent.days.at(-1)?.day], ["2026-11-11", TODAY]);
    assert.deepEqual([recent.unit, formatAmount(recent.total), formatAmount(recent.today)], ["usd", "10", "2.5"]);
    assert.deepEqual(recent.most, ["gpt-5 65%", "gpt-5-mini 15%"]);
  });

  it("are counted in tokens where a plan covered all of it", () => {
    const { unit, total } = recentSpending([row(TODAY, "claude", "0", "12000")], TODAY)!;
    assert.deepEqual([unit, formatAmount(total)], ["tokens", "12000"]);
  });

  it("say nothing where nothing was used", () => {
    assert.equal(recentSpending([], TODAY), undefined);
    assert.equal(recentSpending([row("2026-11-10", "old", "1")], TODAY), undefined);
  });
});
