import { type Nano, ONE } from "../money.ts";
import { type CalendarDay, weekdayOf } from "../period/calendarDay.ts";

/** How somebody's days have been: what a forecast builds on. Statistics, not money: floats. */
export interface SpendPattern {
  /** Monday to Sunday: what such a day uses, compared with an average day; their mean is 1. */
  weekdays: number[];
  /** What an average day uses, in whole units (dollars or tokens). */
  daily: number;
  /** Standard deviation of an average day, as a share of it. */
  variation: number;
}

/** So many days back count. */
export const PATTERN_DAYS = 56;
/** With fewer days, each weekday was seen less than twice. */
const ENOUGH_DAYS = 14;
const ENOUGH_ACTIVE_DAYS = 5;
/** Every weekday counts as seen on half an average day besides: two idle Saturdays do not make a third one certain. */
const PRIOR = 0.5;
/** Nobody is steadier than that for long. */
const LEAST_VARIATION = 0.3;

/** The pattern of consecutive days, each at its end (those that used nothing included); undefined where they are too few. */
export function patternOf(days: readonly { day: CalendarDay; spent: Nano }[]): SpendPattern | undefined {
  const recent = days
    .slice(-PATTERN_DAYS)
    .map(({ day, spent }) => ({ weekday: weekdayOf(day), spent: Number(spent) / Number(ONE) }));
  const active = recent.filter(({ spent }) => spent > 0).length;
  if (recent.length < ENOUGH_DAYS || active < ENOUGH_ACTIVE_DAYS) return undefined;
  const daily = mean(recent.map(({ spent }) => spent));
  const raw = Array.from({ length: 7 }, (_, weekday) => {
    const seen = recent.filter((one) => one.weekday === weekday);
    return (seen.reduce((sum, { spent }) => sum + spent / daily, 0) + PRIOR) / (seen.length + PRIOR);
  });
  const average = mean(raw);
  const weekdays = raw.map((weight) => weight / average);
  return { weekdays, daily, variation: Math.max(LEAST_VARIATION, variationOf(recent, weekdays, daily)) };
}

/** Days differ from what their weekday makes them expect; the variance of a sum of requests grows with its mean. */
function variationOf(days: readonly { weekday: number; spent: number }[], weekdays: number[], daily: number): number {
  let squares = 0;
  let expected = 0;
  for (const { weekday, spent } of days) {
    squares += (spent / daily - weekdays[weekday]!) ** 2;
    expected += weekdays[weekday]!;
  }
  return Math.sqrt(squares / expected);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
