import type { Nano, Unit } from "../money.ts";
import { type CalendarDay, daysLater } from "../period/calendarDay.ts";
import { percent } from "../share.ts";
import { partsBy, type SpendPart, type SpendRow, spendByDay, totalOf } from "./spending.ts";

/** The most days that a history goes back: a quarter of a year. */
export const LONGEST_HISTORY = 92;
/** So many days back does a meter show what was used. */
export const RECENT_DAYS = 14;

/** What was used in the last days. */
export interface RecentSpending {
  /** Of the amounts here: dollars, unless all of it was covered by plans. */
  unit: Unit;
  /** Oldest first, today at the end. */
  days: { day: CalendarDay; spent: Nano }[];
  total: Nano;
  today: Nano;
  /** What used most: `gpt-5 62%`, `claude-opus-5 30%`. The names are others' words. */
  most: string[];
}

/** The last `RECENT_DAYS` days up to `today`; undefined where nothing was used. */
export function recentSpending(rows: readonly SpendRow[], today: CalendarDay): RecentSpending | undefined {
  const from = daysLater(today, 1 - RECENT_DAYS);
  const recent = rows.filter(({ day }) => from <= day && day <= today);
  if (recent.length === 0) return undefined;
  const unit = unitOf(recent);
  const days = spendByDay(recent, from, today, unit);
  const models = partsBy(recent, "model", unit).filter(({ value }) => value !== "");
  return { unit, days, total: totalOf(recent)[unit], today: days.at(-1)!.spent, most: models.slice(0, 2).map(mostText) };
}

/** What spend is counted in: dollars, unless all of it was covered by plans. */
export function unitOf(rows: readonly SpendRow[]): Unit {
  const { usd, tokens } = totalOf(rows);
  return usd === 0n && tokens > 0n ? "tokens" : "usd";
}

function mostText({ value, share }: SpendPart): string {
  return `${value.slice(value.indexOf("/") + 1)} ${percent(share)}`;
}
