import assert from "node:assert/strict";
import fc from "fast-check";
import { DayFinder, daysFrom, daysLater, weekdayOf } from "./calendarDay.ts";
import { periodAt } from "./period.ts";

describe("calendar days", () => {
  it("are counted across months and leap years", () => {
    assert.equal(daysLater("2028-02-28", 2), "2028-03-01");
    assert.equal(daysLater("2026-01-01", -1), "2025-12-31");
    assert.equal(daysFrom("2025-12-31", "2026-12-31"), 365);
  });

  it("know their weekday, Monday first", () => {
    assert.deepEqual(["2026-10-05", "2026-10-10", "2026-10-11", "2028-02-29"].map(weekdayOf), [0, 5, 6, 1]);
  });

  it("are those of the time zone, on days of 23 and of 25 hours too", () => {
    const finder = new DayFinder("Europe/Copenhagen");
    const day = (instant: string) => finder.dayOf(Date.parse(instant));
    assert.deepEqual(
      [day("2026-10-24T21:59:59Z"), day("2026-10-24T22:00:00Z"), day("2026-10-25T22:59:59Z"), day("2026-10-25T23:00:00Z")],
      ["2026-10-24", "2026-10-25", "2026-10-25", "2026-10-26"],
    );
  });

  it("do not depend on what was asked before", () => {
    const zones = fc.constantFrom("UTC", "America/St_Johns", "Pacific/Apia", "Africa/Cairo");
    const instants = fc.array(fc.integer({ min: Date.UTC(2011, 11, 20), max: Date.UTC(2027, 0, 1) }), { maxLength: 20 });
    fc.assert(
      fc.property(zones, instants, (timeZone, list) => {
        const finder = new DayFinder(timeZone);
        for (const at of list) assert.equal(finder.dayOf(at), periodAt("day", timeZone, at).key);
      }),
      { numRuns: 50 },
    );
  });
});
