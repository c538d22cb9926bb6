import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { RECENT_DAYS, type RecentSpending } from "../../budget/spending/recentSpending.ts";
import type { Reader } from "../words.ts";
import { dayText } from "./words.ts";

/** `$9.20 in 14 days · $0.84 today`. */
export function recentTotal({ unit, total, today }: RecentSpending, { t }: Reader): string {
  return t("{0} in {1} days · {2} today", amountText(total, unit), RECENT_DAYS, amountText(today, unit));
}

/** What a chart of the days shows, for who cannot see it. */
export function recentSpoken({ days, unit }: RecentSpending, reader: Reader): string {
  const largest = days.reduce((most, one) => (one.spent > most.spent ? one : most));
  return reader.t(
    "Spend by day from {0} to {1}, most on {2}: {3}",
    dayText(days[0]!.day, reader),
    dayText(days.at(-1)!.day, reader),
    dayText(largest.day, reader),
    amountText(largest.spent, unit),
  );
}
