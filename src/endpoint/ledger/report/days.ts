import { type CalendarDay, daysFrom, daysLater } from "../../../budget/period/calendarDay.ts";
import { periodAt } from "../../../budget/period/period.ts";

/** Days of a time zone, one after the other. */
export class Days {
  readonly first: CalendarDay;
  readonly last: CalendarDay;
  /** When each begins. */
  readonly starts: readonly Date[];
  /** When the last one is over. */
  readonly end: Date;

  /** From a day to another, both included. `timeZone`: IANA name. */
  constructor(first: CalendarDay, last: CalendarDay, timeZone: string) {
    this.first = first;
    this.last = last;
    const count = Math.max(1, daysFrom(first, last) + 1);
    const starts = Array.from({ length: count + 1 }, (_, index) => startOf(daysLater(first, index), timeZone));
    this.starts = starts.slice(0, -1);
    this.end = starts.at(-1)!;
  }

  get start(): Date {
    return this.starts[0]!;
  }

  day(index: number): CalendarDay {
    return daysLater(this.first, index);
  }
}

const DAY_MS = 86_400_000;

/** No zone is further from UTC than 14 hours, so this begins within the day or the one before. */
function startOf(day: CalendarDay, timeZone: string): Date {
  let at = Date.parse(day) - DAY_MS;
  for (;;) {
    const { key, start, resetsAt } = periodAt("day", timeZone, at);
    if (key >= day) return new Date(start);
    at = Date.parse(resetsAt);
  }
}
