import type { CalendarDay } from "../../../budget/period/calendarDay.ts";
import type { Policy } from "../../../budget/policy/policy.ts";
import type { ReportDimension } from "../../../protocol/report.ts";

/** What is asked for, of what, by whom. */
export interface Asked {
  team: { id: string; timeZone: string };
  policy: Policy;
  /** Both included. */
  from: CalendarDay;
  to: CalendarDay;
  groupBy: readonly ReportDimension[];
  /** Whose requests; undefined: the whole team's. */
  person?: string | undefined;
  /** Epoch ms. */
  now: number;
}
