import { type CalendarDay, weekdayOf } from "../../budget/period/calendarDay.ts";
import type { Reader } from "../words.ts";

/** By which way requests came in; an unknown one by its own name. */
export function originText(origin: string, { t }: Reader): string {
  return { send: t("Send Prompt"), chat: t("Chat"), copilot: t("Copilot Chat") }[origin] ?? origin;
}

/** A day of the calendar: `Tuesday, November 24`, or `Tue, Nov 24` where there is little room. */
export function dayText(day: CalendarDay, { locale }: Reader, length: "long" | "short" = "long"): string {
  return formatDay(day, locale, { weekday: length, month: length, day: "numeric" });
}

/** The letter of a day's weekday. */
export function weekdayLetter(day: CalendarDay, { locale }: Reader): string {
  return formatDay(day, locale, { weekday: "narrow" });
}

/** What has room below a day's column, of so many: its weekday's letter, its number, or its number on Mondays alone. */
export function labelOf(day: CalendarDay, columns: number, reader: Reader): string {
  if (columns <= 14) return weekdayLetter(day, reader);
  if (columns <= 31) return String(Number(day.slice(8)));
  return weekdayOf(day) === 0 ? formatDay(day, reader.locale, { day: "numeric", month: "short" }) : "";
}

function formatDay(day: CalendarDay, locale: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(Date.parse(day));
}
