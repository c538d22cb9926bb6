import assert from "node:assert/strict";
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { type QuietHours, QuietHoursSchema, quietAt } from "./quietHours.ts";

const COPENHAGEN = "Europe/Copenhagen";
const hours = (more: object = {}): QuietHours => QuietHoursSchema.parse({ from: "22:00", to: "07:00", ...more });
/** Whether it is quiet at a time of Copenhagen's clocks. */
const isQuiet = (local: string, more: object = {}, zone = COPENHAGEN) => {
  const at = Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds;
  return quietAt([hours(more)], zone, at).length > 0;
};

describe("quiet hours", () => {
  it("begin at their first minute and end before their last, across midnight", () => {
    const quiet = ["21:59", "22:00", "23:59", "00:00", "06:59", "07:00", "12:00"].map((time) => isQuiet(`2026-11-24T${time}`));
    assert.deepEqual(quiet, [false, true, true, true, true, false, false]);
  });

  it("may lie within a day, or be one", () => {
    const lunch = { from: "12:00", to: "13:00" };
    assert.deepEqual([isQuiet("2026-11-24T12:30", lunch), isQuiet("2026-11-24T13:00", lunch)], [true, false]);
    const saturday = { from: "00:00", to: "00:00", days: ["sat"] };
    assert.deepEqual(
      ["27T23:59", "28T00:00", "28T23:59", "29T00:00"].map((time) => isQuiet(`2026-11-${time}`, saturday)),
      [false, true, true, false],
    );
  });

  it("belong to the day on which they begin", () => {
    const friday = { days: ["fri"] };
    assert.deepEqual(
      ["26T23:00", "27T06:00", "27T23:00", "28T06:00", "28T23:00"].map((time) => isQuiet(`2026-11-${time}`, friday)),
      [false, false, true, true, false],
    );
    assert.ok(isQuiet("2026-11-30T06:00", { days: ["sun"] }), "the day before Monday is Sunday");
  });

  it("go by the clock on the wall when it is set: 7:00 is 6:00 UTC in winter, 5:00 in summer", () => {
    const quiet = (instant: string) => quietAt([hours()], COPENHAGEN, Date.parse(instant)).length > 0;
    assert.deepEqual([quiet("2026-03-28T05:59Z"), quiet("2026-03-28T06:00Z")], [true, false]);
    assert.deepEqual([quiet("2026-03-29T04:59Z"), quiet("2026-03-29T05:00Z")], [true, false]);
    assert.deepEqual([quiet("2026-10-25T05:59Z"), quiet("2026-10-25T06:00Z")], [true, false]);
  });

  it("are what a calendar says, in any time zone, on any day, at any hour", () => {
    const time = fc.tuple(fc.nat(23), fc.nat(59)).map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"));
    const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
    fc.assert(
      fc.property(
        fc.constantFrom("UTC", COPENHAGEN, "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe"),
        fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-12-31") }),
        fc.record({ from: time, to: time, days: fc.subarray([...days], { minLength: 1 }) }),
        (zone, at, rule) => {
          const now = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
          const minute = now.toPlainTime().toString().slice(0, 5);
          const on = (date: Temporal.ZonedDateTime) => rule.days.includes(days[date.dayOfWeek - 1]!);
          const { from, to } = rule;
          const expected =
            from < to
              ? on(now) && from <= minute && minute < to
              : (on(now) && from <= minute) || (on(now.subtract({ days: 1 })) && minute < to);
          assert.equal(quietAt([hours(rule)], zone, at).length > 0, expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});
