import assert from "node:assert/strict";
import fc from "fast-check";
import type { MachineAllowance } from "../allowance/allowance.ts";
import { paceOf } from "../allowance/pace.ts";
import { formatAmount, ONE } from "../money.ts";
import { type Forecast, forecastOf, type Habits } from "./forecast.ts";

const DAY = 86_400_000;
const utc = (text: string) => Date.parse(`${text}Z`);
const NOTHING: Habits = { pattern: undefined, timeZone: "UTC" };

function allowance(limit: string, spend: string, start: string, resetsAt: string): MachineAllowance {
  return {
    ...{ key: "month|p|2026-11", id: "month", name: "Your month", per: "developer", unit: "usd", limit, softLimit: 0.8, spend },
    ...{ held: "0", ownFree: "0", period: { kind: "month", start: `${start}Z`, resetsAt: `${resetsAt}Z` } },
  };
}
const november = (spend: string) => allowance("60", spend, "2026-11-01T00:00:00", "2026-12-01T00:00:00");
/** Fifteen days have passed, fifteen are left. */
const MIDDLE = utc("2026-11-16T00:00:00");

function roughly(actual: number | undefined, expected: number, within: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= within, `${actual} is not about ${expected}`);
}

describe("the forecast without a pattern", () => {
  it("follows the linear pace, and says how sure it is of the date", () => {
    // $45 in 15 days: $3 a day, so $15 last 5 days. (d - 5)^2 = 1.645^2 (d + d^2 / 15) at d = 2.3126 and d = 13.190.
    const { outlook, share, runsOut } = forecastOf(november("45"), MIDDLE, NOTHING);
    assert.equal(outlook, "runsOut");
    roughly(share, 1.5, 1e-9);
    assert.equal(runsOut?.at, utc("2026-11-21T00:00:00"));
    roughly(runsOut?.early, MIDDLE + 2.3126 * DAY, 0.001 * DAY);
    roughly(runsOut?.late, MIDDLE + 13.19 * DAY, 0.01 * DAY);
  });

  it("has no date where it is a toss-up whether it lasts", () => {
    // $32: 32 more are expected of the 28 that are left, with a standard deviation of 2.13 sqrt(15 + 15) = 11.7: 0.34 of it, so 63 of 100.
    const { share, ...close } = forecastOf(november("32"), MIDDLE, NOTHING);
    assert.deepEqual(close, { outlook: "close" });
    roughly(share, 32 / 30, 1e-6);
    assert.equal(forecastOf(november("30"), MIDDLE, NOTHING).outlook, "close");
    // $34: 34 of 26, 8 / 12.4 = 0.64: 74 of 100.
    assert.equal(forecastOf(november("34"), MIDDLE, NOTHING).outlook, "runsOut");
  });

  it("says that it lasts, and what will be used", () => {
    // $24: 24 more are expected of 36, 1.37 deviations below: 9 of 100 run out.
    const { outlook, share } = forecastOf(november("24"), MIDDLE, NOTHING);
    assert.deepEqual([outlook, share?.toFixed(6)], ["lasts", "0.800000"]);
  });

  it("knows nothing of what was not used, and nothing more of what is spent", () => {
    assert.deepEqual(forecastOf(november("0"), MIDDLE, NOTHING), { outlook: "unknown" });
    assert.deepEqual(forecastOf(november("61"), MIDDLE, NOTHING), { outlook: "spent", share: 1.016666 });
    assert.equal(forecastOf(november("1"), utc("2026-11-01T01:00:00"), NOTHING).outlook, "unknown");
  });

  it("is the linear pace, whatever was spent and whenever", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999 }), fc.double({ min: 0.011, max: 0.99, noNaN: true }), (spent, elapsed) => {
        const now = utc("2026-11-01T00:00:00") + elapsed * 30 * DAY;
        const spend = formatAmount(BigInt(spent) * (ONE / 1000n)); // of 100: a share that millionths tell exactly
        const one = allowance("100", spend, "2026-11-01T00:00:00", "2026-12-01T00:00:00");
        const { outlook, share, runsOut } = forecastOf(one, now, NOTHING);
        const pace = paceOf(one, now);
        roughly(share, pace.ratio!, 1e-9 * pace.ratio!);
        if (outlook === "runsOut") roughly(runsOut?.at, pace.runsOutAt!, 10);
        if (outlook === "lasts") assert.equal(pace.runsOutAt, undefined);
      }),
    );
  });
});

describe("the forecast with a pattern", () => {
  /** Nothing at the weekend. */
  const office = (daily: number, variation = 0.3): Habits => ({
    pattern: { weekdays: [1.4, 1.4, 1.4, 1.4, 1.4, 0, 0], daily, variation },
    timeZone: "UTC",
  });

  it("skips the days that use nothing", () => {
    // November 1st is a Sunday. By Friday the 13th, 0:00, nine working days have used $126, $14 each, as they always do.
    // $21 are left of 147: one and a half working days, so Monday at noon; the linear pace would say Saturday night.
    const one = allowance("147", "126", "2026-11-01T00:00:00", "2026-12-01T00:00:00");
    const now = utc("2026-11-13T00:00:00");
    assert.equal(forecastOf(one, now, office(10)).runsOut?.at, utc("2026-11-16T12:00:00"));
    assert.equal(new Date(forecastOf(one, now, NOTHING).runsOut!.at).toISOString().slice(0, 10), "2026-11-15");
  });

  it("begins its days in their own time zone", () => {
    // The same month in New York, where it begins five hours later.
    const one = allowance("147", "126", "2026-11-01T05:00:00", "2026-12-01T05:00:00");
    const newYork = { ...office(10), timeZone: "America/New_York" };
    assert.equal(forecastOf(one, utc("2026-11-13T05:00:00"), newYork).runsOut?.at, utc("2026-11-16T17:00:00"));
  });

  it("steadies the first days of a period by what was before", () => {
    // One day that used $9, where $3 is usual: (9 + 3 * 3) / 4 = 4.5 a day, so 139.5 in all. By the linear pace 270.
    const steady = { pattern: { weekdays: [1, 1, 1, 1, 1, 1, 1], daily: 3, variation: 0.5 }, timeZone: "UTC" };
    const { share } = forecastOf(november("9"), utc("2026-11-02T00:00:00"), steady);
    roughly(share, 139.5 / 60, 1e-9);
    roughly(forecastOf(november("9"), utc("2026-11-02T00:00:00"), NOTHING).share, 270 / 60, 1e-9);
  });

  it("tells a narrower range of somebody whose days are alike", () => {
    const of = (variation: number) => {
      const { runsOut } = forecastOf(november("45"), MIDDLE, office(3, variation));
      return (runsOut!.late - runsOut!.early) / DAY;
    };
    assert.ok(of(0.3) < of(0.6) && of(0.6) < of(1), `${of(0.3)} ${of(0.6)} ${of(1)}`);
  });
});

describe("any forecast", () => {
  const habits = fc.record({
    pattern: fc.option(
      fc.record({
        weekdays: fc.array(fc.double({ min: 0.05, max: 3, noNaN: true }), { minLength: 7, maxLength: 7 }),
        daily: fc.double({ min: 0, max: 50, noNaN: true }),
        variation: fc.double({ min: 0.3, max: 3, noNaN: true }),
      }),
      { nil: undefined },
    ),
    timeZone: fc.constantFrom("UTC", "Europe/Copenhagen", "Asia/Kathmandu"),
  });
  const spent = fc.integer({ min: 0, max: 80_000 });
  const elapsed = fc.double({ min: 0, max: 1.1, noNaN: true });
  const at = (part: number) => utc("2026-11-01T00:00:00") + part * 30 * DAY;
  const milli = (amount: number) => november(formatAmount(BigInt(amount) * (ONE / 1000n)));

  it("lies in the rest of the period, the likeliest instant inside its range", () => {
    fc.assert(
      fc.property(habits, spent, elapsed, (known, amount, part) => {
        const forecast = forecastOf(milli(amount), at(part), known);
        const { runsOut, share, outlook } = forecast;
        assert.equal(runsOut !== undefined, outlook === "runsOut");
        assert.equal(share === undefined, outlook === "unknown");
        if (!runsOut) return;
        const order = [at(part), runsOut.early, runsOut.at, runsOut.late, at(1)];
        for (const [index, instant] of order.slice(1).entries()) assert.ok(instant >= order[index]! - 1, JSON.stringify(order));
      }),
    );
  });

  it("is never better for having spent more", () => {
    const rank: Forecast["outlook"][] = ["unknown", "lasts", "close", "runsOut", "spent"];
    fc.assert(
      fc.property(habits, spent, spent, elapsed, (known, a, b, part) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((amount) => forecastOf(milli(amount), at(part), known));
        assert.ok(rank.indexOf(less!.outlook) <= rank.indexOf(more!.outlook), `${less!.outlook} ${more!.outlook}`);
        if (less!.runsOut && more!.runsOut) assert.ok(more!.runsOut.at <= less!.runsOut.at + 1);
      }),
    );
  });
});
