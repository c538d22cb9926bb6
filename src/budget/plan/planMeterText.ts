import { type Message, message } from "../message.ts";
import { type Nano, ONE, showTokens } from "../money.ts";
import { percent } from "../share.ts";
import type { Plan } from "./plan.ts";
import type { PlanFigures, PlanMeter } from "./planWindow.ts";

/** A flat-rate plan's window in words. What was seen on this machine is a lower bound, and is called so. */

const NAMES: Record<Plan["window"], string> = { "5h": "{0}: five hours", week: "{0}: week", month: "{0}: month" };
const USED_OF: Record<Plan["unit"], string> = {
  requests: "{0} of {1} requests seen here",
  credits: "{0} of {1} credits seen here",
  tokens: "{0} of {1} tokens seen here",
};
const USED: Record<Plan["unit"], string> = {
  requests: "{0} requests seen here",
  credits: "{0} credits seen here",
  tokens: "{0} tokens seen here",
};

/** `Claude: five hours`. */
export function planName({ name, window }: Pick<PlanMeter, "name" | "window">): Message {
  return message(NAMES[window], name);
}

/** `76 of 200 requests seen here`; without the second figure where the plan does not say what its window holds. */
export function planUsed({ unit }: Pick<PlanMeter, "unit">, { used, limit }: PlanFigures): Message {
  const count = (nano: Nano) => countText(nano, unit);
  return limit === undefined ? message(USED[unit], count(used)) : message(USED_OF[unit], count(used), count(limit));
}

/** So much of a plan's name has room in a status bar. */
const LONGEST_NAME = 20;

/** As short as can be: `Claude 38%`, or `Claude: 12 requests` where its window's size is not known. */
export function planLine({ name, unit }: Pick<PlanMeter, "name" | "unit">, { used, share }: PlanFigures): Message {
  const short = name.slice(0, LONGEST_NAME).trimEnd();
  return share === undefined
    ? message(`{0}: {1} ${unit}`, short, countText(used, unit))
    : message("{0} {1}", short, percent(share));
}

function countText(nano: Nano, unit: Plan["unit"]): string {
  if (unit === "tokens") return showTokens(Number(nano / ONE));
  return (Number(nano) / Number(ONE)).toLocaleString("en-US", { maximumFractionDigits: 1 });
}
