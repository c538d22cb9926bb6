import { Temporal } from "temporal-polyfill";

export type PeriodKind = "day" | "week" | "month";

/** One recurring window of an allowance: `start` belongs to it, `resetsAt` is the next one's start. */
export interface Period {
  /** `2026-11-24`, `2026-W48` (ISO week) or `2026-11`. */
  key: string;
  /** ISO 8601 in UTC. */
  start: string;
  /** ISO 8601 in UTC. */
  resetsAt: string;
}

/** The period found last of each kind and zone: the same few are asked for again and again, and a calendar is slow (50 µs). */
const found = new Map<string, { period: Readonly<Period>; start: number; end: number }>();

/**
 * The day, week (from Monday) or month of `timeZone`'s calendar in which the instant `at` (epoch ms) lies.
 * @throws RangeError on an unknown time zone
 */
export function periodAt(kind: PeriodKind, timeZone: string, at: number): Readonly<Period> {
  const name = `${kind} ${timeZone}`;
  const last = found.get(name);
  if (last && last.start <= at && at < last.end) return last.period;
  const period = findPeriod(kind, timeZone, at);
  found.set(name, { period, start: Date.parse(period.start), end: Date.parse(period.resetsAt) });
  return period;
}

function findPeriod(kind: PeriodKind, timeZone: string, at: number): Period {
  const date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
  const first = firstDay(kind, date);
  const next = following(kind, first);
  // Where a clock goes back across midnight, the old date returns for a while; the new period has begun all the same.
  return at < startOf(next, timeZone) ? periodFrom(kind, first, timeZone) : periodFrom(kind, next, timeZone);
}

/** The period that follows the one in which the instant `at` (epoch ms) lies. */
export function periodAfter(kind: PeriodKind, timeZone: string, at: number): Readonly<Period> {
  return periodAt(kind, timeZone, Date.parse(periodAt(kind, timeZone, at).resetsAt));
}

function periodFrom(kind: PeriodKind, first: Temporal.PlainDate, timeZone: string): Period {
  return {
    key: keyOf(kind, first),
    start: new Date(startOf(first, timeZone)).toISOString(),
    resetsAt: new Date(startOf(following(kind, first), timeZone)).toISOString(),
  };
}

function firstDay(kind: PeriodKind, date: Temporal.PlainDate): Temporal.PlainDate {
  if (kind === "day") return date;
  return kind === "week" ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 });
}

function following(kind: PeriodKind, first: Temporal.PlainDate): Temporal.PlainDate {
  return first.add({ [`${kind}s`]: 1 });
}

/** The first instant of a date (epoch ms): not always midnight, and for a date that a zone skipped that of the next. */
function startOf(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}

function keyOf(kind: PeriodKind, first: Temporal.PlainDate): string {
  if (kind === "day") return first.toString();
  if (kind === "month") return first.toPlainYearMonth().toString();
  // ISO 8601: a week belongs to the year of its Thursday, and the first one holds January 4th.
  const thursday = first.add({ days: 3 });
  return `${thursday.year}-W${String(Math.ceil(thursday.dayOfYear / 7)).padStart(2, "0")}`;
}
