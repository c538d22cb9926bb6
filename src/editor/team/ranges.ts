import { type CalendarDay, daysLater } from "../../budget/period/calendarDay.ts";
import type { Reader } from "../words.ts";

/** Days to look at, both included. */
export interface Range {
  id: string;
  label: string;
  from: CalendarDay;
  to: CalendarDay;
}

/** What can be looked at on a day, this month first. */
export function rangesOn(today: CalendarDay, { t }: Reader): Range[] {
  const month = firstOfMonth(today);
  const lastMonthsEnd = daysLater(month, -1);
  const lately = [30, 90].map((days) => ({
    ...{ id: `last ${days}`, label: t("{0} days", days) },
    ...{ from: daysLater(today, 1 - days), to: today },
  }));
  return [
    { id: "month", label: t("This month"), from: month, to: today },
    { id: "last month", label: t("Last month"), from: firstOfMonth(lastMonthsEnd), to: lastMonthsEnd },
    ...lately,
  ];
}

function firstOfMonth(day: CalendarDay): CalendarDay {
  return `${day.slice(0, 7)}-01`;
}
