import type { Allowance } from "../../budget/allowance.ts";
import { periodAt } from "../../budget/period.ts";

/**
 * An allowance as it must be by now (epoch ms, the endpoint's clock): when its period has ended since the endpoint was last heard, spend
 * has returned to 0. So a machine that is offline on the first of the month is not stopped by last month's spend.
 */
export function currentPeriod(allowance: Allowance, timeZone: string, now: number): Allowance {
  const { kind, resetsAt } = allowance.period;
  if (now < Date.parse(resetsAt)) return allowance;
  const { key, start, resetsAt: next } = periodAt(kind, timeZone, Math.floor(now));
  const name = allowance.key.slice(0, allowance.key.lastIndexOf("|"));
  return { ...allowance, key: `${name}|${key}`, period: { kind, start, resetsAt: next }, spend: "0", held: "0" };
}
