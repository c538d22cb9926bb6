import assert from "node:assert/strict";
import { inEnglish } from "../message.ts";
import type { Forecast } from "./forecast.ts";
import { type DayWords, forecastText } from "./forecastText.ts";

const DAY = 86_400_000;
const days: DayWords = { now: 0, on: (at) => `on day ${at / DAY}`, name: (at) => `day ${at / DAY}` };
const words = (forecast: Forecast) => {
  const text = forecastText(forecast, days);
  return text && inEnglish(text);
};
const runsOut = (early: number, at: number, late: number): Forecast => ({
  outlook: "runsOut",
  share: 1.5,
  runsOut: { early: early * DAY, at: at * DAY, late: late * DAY },
});

describe("a forecast in words", () => {
  it("names the day where it is as good as certain, and says about where it is not", () => {
    assert.equal(words(runsOut(4, 5, 7)), "on pace to run out on day 5");
    assert.equal(words(runsOut(3, 5, 9)), "on pace to run out around day 5");
    assert.equal(words(runsOut(0, 1, 2)), "on pace to run out on day 1");
    assert.equal(words(runsOut(0, 1, 9)), "on pace to run out within days");
  });

  it("has no date for a toss-up, and none for what lasts", () => {
    assert.equal(words({ outlook: "close", share: 1.04 }), "on pace: it may just last until the reset");
    assert.equal(words({ outlook: "lasts", share: 0.8 }), "on pace: about 80% by the reset");
  });

  it("says nothing of what nobody can know yet, or that is over", () => {
    assert.equal(words({ outlook: "unknown" }), undefined);
    assert.equal(words({ outlook: "spent", share: 1 }), undefined);
  });
});
