import type { Allowance } from "../../budget/allowance/allowance.ts";
import { limitAt } from "../../budget/allowance/grant.ts";
import { formatAmount } from "../../budget/money.ts";
import { periodAt } from "../../budget/period/period.ts";

/**
 * An allowance as it must be by now (epoch ms, the endpoint's clock): when its period has ended since the endpoint was last heard, spend
 * has returned to 0. So a machine that is offline on the first of the month is not stopped by last month's spend.
 */
export function currentPeriod(allowance: Allowance, timeZone: string, now: number): Allowance {
  const { kind, resetsAt } = allowance.period;
  if (now < Date.parse(resetsAt)) return withoutEnded(allowance, now);
  const { key, start, resetsAt: next } = periodAt(kind, timeZone, Math.floor(now));
  const name = allowance.key.slice(0, allowance.key.lastIndexOf("|"));
  const { grants: _ended, ...kept } = allowance;
  const limit = formatAmount(limitAt(allowance, Number.POSITIVE_INFINITY));
  return { ...kept, key: `${name}|${key}`, period: { kind, start, resetsAt: next }, limit, spend: "0", held: "0" };
}

/** What was granted until before now counts no more. */
function withoutEnded(allowance: Allowance, now: number): Allowance {
  const { grants = [], ...kept } = allowance;
  const running = grants.filter(({ until }) => now < Date.parse(until));
  if (running.length === grants.length) return allowance;
  return { ...kept, limit: formatAmount(limitAt(allowance, now)), ...(running.length > 0 && { grants: running }) };
}
