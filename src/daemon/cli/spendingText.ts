import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { inEnglish } from "../../budget/message.ts";
import { planName, planUsed } from "../../budget/plan/planMeterText.ts";
import { type PlanMeter, planFiguresAt } from "../../budget/plan/planWindow.ts";
import { bar, percent } from "../../budget/share.ts";
import { sparkline } from "../../budget/sparkline.ts";
import { RECENT_DAYS, recentSpending } from "../../budget/spending/recentSpending.ts";
import type { History } from "../../protocol/daemon.ts";

/** What this machine's requests have used lately, day by day, and what used it up. */
export function recentLines({ rows, today }: History): string[] {
  const recent = recentSpending(rows, today);
  if (!recent) return [];
  const { unit, days, total, most } = recent;
  const chart = sparkline(days.map(({ spent }) => spent));
  const mostly = most.length > 0 ? `; mostly ${most.join(", ")}` : "";
  return [`Last ${RECENT_DAYS} days  ${chart}  ${amountText(total, unit)}, today ${amountText(recent.today, unit)}${mostly}`];
}

/** A plan's window in the columns of an allowance. `until`: when it begins anew, in words. */
export function planRow(meter: PlanMeter, now: number, until: (at: number) => string): string[] {
  const figures = planFiguresAt(meter, now);
  const { share, resetsAt } = figures;
  return [
    inEnglish(planName(meter)),
    share === undefined ? "" : bar(share),
    inEnglish(planUsed(meter, figures)),
    share === undefined ? "" : percent(share),
    resetsAt === undefined ? "" : until(resetsAt),
    "",
  ];
}
