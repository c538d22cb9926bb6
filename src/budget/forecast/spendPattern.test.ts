import assert from "node:assert/strict";
import fc from "fast-check";
import { ONE } from "../money.ts";
import { daysLater } from "../period/calendarDay.ts";
import { patternOf } from "./spendPattern.ts";

const MONDAY = "2026-10-05";
/** Whole dollars of consecutive days from a Monday on. */
const days = (...dollars: number[]) =>
  dollars.map((spent, index) => ({ day: daysLater(MONDAY, index), spent: BigInt(spent) * ONE }));
const weeks = (count: number, week: number[]) => days(...Array.from({ length: count }, () => week).flat());

describe("the pattern of somebody's days", () => {
  it("knows working days from weekends", () => {
    // Two weeks of $7 a working day: $5 an average day, so 1.4 of it; each weekday was seen twice, and half an average day besides.
    const pattern = patternOf(weeks(2, [7, 7, 7, 7, 7, 0, 0]))!;
    const [work, weekend] = [(2 * 1.4 + 0.5) / 2.5, 0.5 / 2.5];
    const average = (5 * work + 2 * weekend) / 7;
    assert.equal(pattern.daily, 5);
    for (const [weekday, weight] of pattern.weekdays.entries())
      assert.ok(Math.abs(weight - (weekday < 5 ? work : weekend) / average) < 1e-12, `${weekday}: ${weight}`);
  });

  it("trusts eight weeks more than two", () => {
    const [two, eight] = [2, 8].map((count) => patternOf(weeks(count, [7, 7, 7, 7, 7, 0, 0]))!.weekdays[6]!);
    assert.ok(eight! < two! && eight! < 0.07, `${two} ${eight}`);
  });

  it("forgets what is longer ago", () => {
    const late = weeks(8, [0, 0, 0, 0, 0, 3, 3]);
    const whole = [...weeks(8, [9, 9, 9, 9, 9, 9, 9]), ...late.map(({ spent, day }) => ({ spent, day: daysLater(day, 56) }))];
    assert.deepEqual(patternOf(whole), patternOf(late));
  });

  it("says nothing of few days, nor of many with hardly any spend", () => {
    assert.equal(patternOf(days(...Array(13).fill(4))), undefined);
    assert.ok(patternOf(days(...Array(14).fill(4))));
    assert.equal(patternOf(days(...Array(50).fill(0), 1, 2, 3, 4)), undefined);
    assert.equal(patternOf([]), undefined);
  });

  it("tells steady days from wild ones", () => {
    const steady = patternOf(weeks(4, [5, 5, 5, 5, 5, 5, 5]))!;
    assert.equal(steady.variation, 0.3);
    // Days of $0 and $10 in turn: each is a whole average day off.
    const wild = patternOf(days(...Array.from({ length: 28 }, (_, index) => (index % 2) * 10)))!;
    assert.ok(Math.abs(wild.variation - 1) < 0.05, String(wild.variation));
  });

  it("has weekdays whose mean is 1 and of which none is nothing, whatever was spent", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 14, maxLength: 80 }), (spent) => {
        const pattern = patternOf(days(...spent));
        if (!pattern) return assert.ok(spent.slice(-56).filter((one) => one > 0).length < 5);
        assert.ok(Math.abs(pattern.weekdays.reduce((sum, weight) => sum + weight, 0) - 7) < 1e-9);
        assert.ok(pattern.weekdays.every((weight) => weight > 0));
        assert.ok(pattern.daily > 0 && pattern.variation >= 0.3);
      }),
    );
  });
});
