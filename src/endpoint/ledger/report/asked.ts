import type { CalendarDay } from "../../../budget/calendarDay.ts";
import type { Policy } from "../../../budget/policy.ts";
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
