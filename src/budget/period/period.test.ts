import assert from "node:assert/strict";
import fc from "fast-check";
import { type PeriodKind, periodAt } from "./period.ts";

const kinds = ["day", "week", "month"] as const;
/** Zones with rules of every sort: half-hour shifts, skipped days, changes at midnight, negative DST, far offsets. */
const zones = [
  "UTC",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "America/Havana",
  "Europe/Berlin",
  "Europe/Dublin",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati",
] as const;

const at = (text: string) => Date.parse(text);

describe("period", () => {
  const examples: [PeriodKind, string, string, { key: string; start: string; resetsAt: string }][] = [
    [
      "day",
      "UTC",
      "2026-11-24T12:00:00Z",
      { key: "2026-11-24", start: "2026-11-24T00:00:00.000Z", resetsAt: "2026-11-25T00:00:00.000Z" },
    ],
    [
      "week",
      "UTC",
      "2026-11-24T12:00:00Z",
      { key: "2026-W48", start: "2026-11-23T00:00:00.000Z", resetsAt: "2026-11-30T00:00:00.000Z" },
    ],
    [
      "month",
      "UTC",
      "2026-11-24T12:00:00Z",
      { key: "2026-11", start: "2026-11-01T00:00:00.000Z", resetsAt: "2026-12-01T00:00:00.000Z" },
    ],
    // Ends of years and leap days.
    [
      "week",
      "UTC",
      "2027-01-02T00:00:00Z",
      { key: "2026-W53", start: "2026-12-28T00:00:00.000Z", resetsAt: "2027-01-04T00:00:00.000Z" },
    ],
    [
      "week",
      "UTC",
      "2025-12-29T00:00:00Z",
      { key: "2026-W01", start: "2025-12-29T00:00:00.000Z", resetsAt: "2026-01-05T00:00:00.000Z" },
    ],
    [
      "month",
      "Europe/Berlin",
      "2028-02-29T23:30:00Z",
      { key: "2028-03", start: "2028-02-29T23:00:00.000Z", resetsAt: "2028-03-31T22:00:00.000Z" },
    ],
    [
      "day",
      "UTC",
      "2028-02-29T08:00:00Z",
      { key: "2028-02-29", start: "2028-02-29T00:00:00.000Z", resetsAt: "2028-03-01T00:00:00.000Z" },
    ],
    // A day of 23 hours, one of 25, and one of 24.5.
    [
      "day",
      "America/New_York",
      "2026-03-08T12:00:00Z",
      { key: "2026-03-08", start: "2026-03-08T05:00:00.000Z", resetsAt: "2026-03-09T04:00:00.000Z" },
    ],
    [
      "day",
      "America/New_York",
      "2026-11-01T12:00:00Z",
      { key: "2026-11-01", start: "2026-11-01T04:00:00.000Z", resetsAt: "2026-11-02T05:00:00.000Z" },
    ],
    [
      "day",
      "Australia/Lord_Howe",
      "2026-04-05T00:00:00Z",
      { key: "2026-04-05", start: "2026-04-04T13:00:00.000Z", resetsAt: "2026-04-05T13:30:00.000Z" },
    ],
    // The first instant of this day is 01:00, because midnight was skipped.
    [
      "day",
      "America/Sao_Paulo",
      "2018-11-04T12:00:00Z",
      { key: "2018-11-04", start: "2018-11-04T03:00:00.000Z", resetsAt: "2018-11-05T02:00:00.000Z" },
    ],
    // Samoa had no 30 December 2011.
    [
      "day",
      "Pacific/Apia",
      "2011-12-30T09:00:00Z",
      { key: "2011-12-29", start: "2011-12-29T10:00:00.000Z", resetsAt: "2011-12-30T10:00:00.000Z" },
    ],
    // At 00:01 on the 7th this clock went back to 23:01 on the 6th: the 7th goes on.
    [
      "day",
      "America/St_Johns",
      "2010-11-07T03:00:00Z",
      { key: "2010-11-07", start: "2010-11-07T02:30:00.000Z", resetsAt: "2010-11-08T03:30:00.000Z" },
    ],
  ];
  for (const [kind, zone, instant, expected] of examples)
    it(`${kind} of ${instant} in ${zone} is ${expected.key}`, () =>
      assert.deepEqual(periodAt(kind, zone, at(instant)), expected));

  const instants = fc.integer({ min: at("1995-01-01T00:00:00Z"), max: at("2060-01-01T00:00:00Z") });

  it("holds its instant, and the next period begins where it ends, under another key", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.constantFrom(...zones), instants, (kind, zone, instant) => {
        const period = periodAt(kind, zone, instant);
        assert.ok(at(period.start) <= instant && instant < at(period.resetsAt));
        const next = periodAt(kind, zone, at(period.resetsAt));
        assert.equal(next.start, period.resetsAt);
        assert.ok(next.key > period.key);
        const last = periodAt(kind, zone, at(period.start) - 1);
        assert.equal(last.resetsAt, period.start);
        for (const edge of [at(period.start), at(period.resetsAt) - 1]) assert.deepEqual(periodAt(kind, zone, edge), period);
      }),
      { numRuns: 500 },
    );
  });

  it("tiles three years day by day in every zone, changes of clock included", () => {
    for (const zone of zones) {
      let now = at(periodAt("day", zone, at("2010-06-01T12:00:00Z")).start);
      for (const last = at("2013-06-01T00:00:00Z"); now < last; ) {
        const period = periodAt("day", zone, now);
        assert.equal(at(period.start), now);
        const hours = (at(period.resetsAt) - now) / 3_600_000;
        assert.ok(hours >= 22 && hours <= 26, `${zone} ${period.key}: ${hours} h`);
        now = at(period.resetsAt);
      }
    }
  });

  it("is looked up once for all of its instants, and again after another was asked for", () => {
    const period = periodAt("month", "Asia/Tehran", at("2026-11-24T12:00:00Z"));
    assert.equal(periodAt("month", "Asia/Tehran", at(period.start)), period);
    assert.equal(periodAt("month", "Asia/Tehran", at(period.resetsAt) - 1), period);
    assert.notEqual(periodAt("month", "Asia/Tehran", at(period.resetsAt)).key, period.key);
    assert.notEqual(periodAt("day", "Asia/Tehran", at(period.start)).key, period.key);
    assert.deepEqual(periodAt("month", "Asia/Tehran", at(period.start)), period);
  });

  it("throws on a zone that does not exist", () => assert.throws(() => periodAt("day", "Mars/Olympus", 0), RangeError));
});
