import { type Period, periodAt } from "./period.ts";

/** A day of some time zone's calendar: `2026-11-24`. */
export type CalendarDay = string;

const DAY_MS = 86_400_000;

/** The day so many days later (earlier, where negative). */
export function daysLater(day: CalendarDay, count: number): CalendarDay {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/** Days from one to another; negative where `to` is before. */
export function daysFrom(day: CalendarDay, to: CalendarDay): number {
  return Math.round((Date.parse(to) - Date.parse(day)) / DAY_MS);
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf(day: CalendarDay): number {
  return (new Date(day).getUTCDay() + 6) % 7;
}

/** Tells on which day of a time zone an instant lies. Quick where one instant is near the one before. */
export class DayFinder {
  readonly timeZone: string;
  #last: { day: CalendarDay; start: number; end: number } | undefined;

  constructor(timeZone: string) {
    this.timeZone = timeZone;
  }

  /** @param at epoch ms @throws RangeError on an unknown time zone */
  dayOf(at: number): CalendarDay {
    if (!this.#last || at < this.#last.start || at >= this.#last.end) this.#last = spanOf(periodAt("day", this.timeZone, at));
    return this.#last.day;
  }
}

function spanOf({ key, start, resetsAt }: Period): { day: CalendarDay; start: number; end: number } {
  return { day: key, start: Date.parse(start), end: Date.parse(resetsAt) };
}
