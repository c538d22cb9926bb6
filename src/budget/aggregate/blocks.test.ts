import assert from "node:assert/strict";
import fc from "fast-check";
import { type CalendarDay, daysFrom, daysLater, weekdayOf } from "../period/calendarDay.ts";
import { FEWEST } from "../policy/visibility.ts";
import { blocksOf, firstMondayOf, mondayOf } from "./blocks.ts";

const day = fc.integer({ min: 0, max: 900 }).map((count) => daysLater("2025-01-01", count));
/** Who was active, week by week. */
const activity = fc
  .array(fc.tuple(day, fc.constantFrom(..."abcdefgh")), { maxLength: 300 })
  .map((seen) => Map.groupBy(seen, ([on]) => mondayOf(on)))
  .map((weeks) => new Map([...weeks].map(([monday, seen]) => [monday, new Set(seen.map(([, person]) => person))])));
const peopleIn = (active: ReadonlyMap<CalendarDay, Set<string>>, from: CalendarDay, to: CalendarDay) =>
  new Set([...active].filter(([monday]) => from <= monday && monday <= to).flatMap(([, people]) => [...people]));

describe("whole weeks of enough people", () => {
  it("are never of fewer than five, begin on Mondays, end on Sundays that are over, and follow on each other", () =>
    fc.assert(
      fc.property(activity, day, day, (active, first, today) => {
        let last = "";
        for (const { from, to } of blocksOf(active, firstMondayOf(first), today)) {
          assert.ok(peopleIn(active, from, to).size >= FEWEST);
          assert.deepEqual([weekdayOf(from), weekdayOf(to)], [0, 6]);
          assert.ok(from > last && to < today);
          last = to;
        }
      }),
    ));

  it("are the same whatever is asked for, and stay the same as time goes on", () =>
    fc.assert(
      fc.property(activity, day, day, day, (active, first, other, today) => {
        const [begin, end] = [first, other].sort() as [CalendarDay, CalendarDay];
        const later = daysLater(today, 100);
        const all = blocksOf(active, firstMondayOf(begin), later);
        const fewer = blocksOf(active, firstMondayOf(end), later);
        assert.deepEqual(
          fewer,
          all.filter(({ from }) => from >= firstMondayOf(end)),
        );
        assert.deepEqual(
          blocksOf(active, firstMondayOf(begin), today),
          all.filter(({ to }) => to < today),
        );
      }),
    ));

  it("start anew with a quarter, and the first Monday lies in its own", () => {
    assert.equal(firstMondayOf("2026-11-24"), "2026-10-05");
    assert.equal(firstMondayOf("2026-10-04"), "2026-07-06");
    fc.assert(fc.property(day, (one) => assert.ok(daysFrom(firstMondayOf(one), one) < 100)));
  });
});
