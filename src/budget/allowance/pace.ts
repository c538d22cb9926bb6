import { type Figures, figuresOf, type MachineAllowance } from "./allowance.ts";

/** Spend against time elapsed in the period, and where it leads. */
export interface Pace {
  /** Share of the period that has passed, 0..1. */
  elapsed: number;
  /** Share used divided by share elapsed: 1 is exactly on budget. Undefined in the first hundredth of a period. */
  ratio?: number;
  /** When the allowance runs out at this pace, where that is before its reset (epoch ms). */
  runsOutAt?: number;
}

/** The pace of an allowance at `now` (epoch ms, by the endpoint's clock): linear over what has passed of the period. */
export function paceOf(allowance: MachineAllowance, now: number, figures: Figures = figuresOf(allowance)): Pace {
  const start = Date.parse(allowance.period.start);
  const end = Date.parse(allowance.period.resetsAt);
  const elapsed = Math.min(1, Math.max(0, (now - start) / (end - start)));
  if (elapsed < 0.01) return { elapsed };
  const ratio = figures.share / elapsed;
  if (figures.level === "spent") return { elapsed, ratio, runsOutAt: Math.min(now, end) };
  const runsOutAt = start + (now - start) / figures.share;
  return runsOutAt < end ? { elapsed, ratio, runsOutAt } : { elapsed, ratio };
}
