import { figuresOf, tightestOf } from "../budget/allowance/allowance.ts";
import { allowanceLine } from "../budget/forecast/allowanceLine.ts";
import { forecastOf } from "../budget/forecast/forecast.ts";
import { inEnglish } from "../budget/message.ts";
import { planLine } from "../budget/plan/planMeterText.ts";
import { planFiguresAt, tightestPlan } from "../budget/plan/planWindow.ts";
import type { History, State, SyncStatus } from "../protocol/daemon.ts";

const AWAY: Partial<Record<SyncStatus["phase"], string>> = { offline: "offline", stale: "not up to date" };

/**
 * What the meter shows, on one line of plain text for shell prompts and status lines; empty where there is neither an allowance nor a plan.
 * `now`: epoch ms, by the endpoint's clock. Days are this machine's.
 */
export function glanceText({ sync, allowances, planMeters }: State, history: History, now: number): string {
  if (sync.phase === "refused") return "sign in again";
  const tightest = tightestOf(allowances);
  const plan = tightestPlan(planMeters, now) ?? planMeters[0];
  if (!tightest) return plan ? inEnglish(planLine(plan, planFiguresAt(plan, now))) : "";
  const figures = figuresOf(tightest);
  const habits = { pattern: history.patterns[tightest.id], timeZone: history.timeZone };
  const line = inEnglish(
    allowanceLine(tightest, figures, forecastOf(tightest, now, habits, figures), { now, short: shortDay(now) }),
  );
  return [AWAY[sync.phase], line].filter(Boolean).join(" · ");
}

const DAY_MS = 86_400_000;

function shortDay(now: number): (at: number) => string {
  return (at) => {
    const isToday = new Date(at).toDateString() === new Date(now).toDateString();
    if (isToday) return format(at, { hour: "2-digit", minute: "2-digit" });
    return format(at, at - now < 6 * DAY_MS ? { weekday: "short" } : { day: "numeric", month: "short" });
  };
}

function format(at: number, options: Intl.DateTimeFormatOptions): string {
  return new Date(at).toLocaleString("en-GB", options);
}
