import type { Reader } from "../words.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long ago an instant was, in words that change at most once a minute: `just now`, `5 min ago`, `3 h ago`, `on Tuesday, December 1`. */
export function ago(at: number, reader: Reader): string {
  const passed = reader.now - at;
  if (passed < MINUTE) return reader.t("just now");
  if (passed < HOUR) return reader.t("{0} min ago", Math.floor(passed / MINUTE));
  if (passed < 24 * HOUR) return reader.t("{0} h ago", Math.floor(passed / HOUR));
  return reader.t("on {0}", longDay(at, reader));
}

/** When an allowance starts anew, in the person's time zone: `resets Tuesday, December 1, in 7 days`. */
export function resetsIn(at: number, reader: Reader): string {
  const days = daysBetween(reader.now, at, reader);
  if (days <= 0) return reader.t("resets today at {0}", clock(at, reader));
  if (days === 1) return reader.t("resets tomorrow at {0}", clock(at, reader));
  return reader.t("resets {0}, in {1} days", longDay(at, reader), days);
}

/** The day on which something will happen, as short as it can be told: `today`, `tomorrow`, `on Thursday`, `on December 24`. */
export function onDay(at: number, reader: Reader): string {
  const days = daysBetween(reader.now, at, reader);
  if (days <= 0) return reader.t("today");
  if (days === 1) return reader.t("tomorrow");
  return reader.t("on {0}", dayName(at, reader));
}

/** A day that is not far off by its weekday, any other by its date: `Thursday`, `December 24`. */
export function dayName(at: number, reader: Reader): string {
  const near = Math.abs(daysBetween(reader.now, at, reader)) < 7;
  return format(at, reader, near ? { weekday: "long" } : { day: "numeric", month: "long" });
}

/** Weekday alone, for the status bar: `Tue`. */
export function shortDay(at: number, reader: Reader): string {
  const days = daysBetween(reader.now, at, reader);
  if (days <= 0) return clock(at, reader);
  return format(at, reader, days < 7 ? { weekday: "short" } : { day: "numeric", month: "short" });
}

/** Time of day: `14:05` or `2:05 PM`, as the language has it. */
export function clock(at: number, reader: Reader): string {
  return format(at, reader, { hour: "numeric", minute: "2-digit" });
}

/** An instant with its date: `Nov 30, 2026, 10:00 PM`. */
export function instant(at: number, reader: Reader): string {
  return format(at, reader, { dateStyle: "medium", timeStyle: "short" });
}

function longDay(at: number, reader: Reader): string {
  return format(at, reader, { weekday: "long", day: "numeric", month: "long" });
}

/** Midnights between two instants in the person's time zone. */
function daysBetween(from: number, to: number, reader: Reader): number {
  return Math.round((dayNumber(to, reader) - dayNumber(from, reader)) / (24 * HOUR));
}

function dayNumber(at: number, { timeZone }: Reader): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "numeric", day: "numeric" }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"));
}

function format(at: number, { locale, timeZone }: Reader, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(at);
}
