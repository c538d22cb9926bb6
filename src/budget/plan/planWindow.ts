import { findPrice } from "../../prices/find.ts";
import { costOf, type PriceList } from "../../prices/rates.ts";
import { TOKEN_CLASSES, type Usage } from "../../wire/usage.ts";
import type { ModelRef } from "../modelRef.ts";
import { type Decimal, divideHalfUp, type Nano, ONE, parseAmount, shareOf } from "../money.ts";
import { type Plan, requestsCounted } from "./plan.ts";

/**
 * How much of a flat-rate plan's window the requests that were seen here have used. Vendors count more (other machines, their own
 * sites), and some do not publish what a window holds: it is a lower bound, and must be called so.
 */

/** A window that began at `start` and ends at `end` (epoch ms). `used`: nano of the plan's unit. */
export interface PlanWindow {
  start: number;
  end: number;
  /** Where the window before it ended: a use from then on that is heard of late still belongs to this one. */
  after: number;
  used: Nano;
}

type Kind = Plan["window"];

const HOUR_MS = 3_600_000;
const LONG: Record<Kind, number> = { "5h": 5 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 31 * 24 * HOUR_MS };
/** No window is longer (ms). */
export const LONGEST_WINDOW = LONG.month;

/**
 * The window after one more use. Five hours and a week run from the first use after the window before has ended, as Claude's limits
 * do; a month is the calendar's in UTC, as GitHub's premium requests and credits are reset (docs.github.com, "Requests in GitHub Copilot").
 * A use that belongs to a window that is over changes nothing.
 */
export function withUse(window: PlanWindow | undefined, kind: Kind, at: number, amount: Nano): PlanWindow {
  if (!window || at >= window.end) return { ...spanAt(kind, at), after: window?.end ?? 0, used: amount };
  if (at < window.after) return window;
  const span = at < window.start ? spanAt(kind, at) : window;
  return { ...window, start: span.start, end: span.end, used: window.used + amount };
}

/** The window that a use at an instant opens. */
function spanAt(kind: Kind, at: number): Pick<PlanWindow, "start" | "end"> {
  if (kind !== "month") return { start: at, end: at + LONG[kind] };
  const date = new Date(at);
  const first = (month: number) => Date.UTC(date.getUTCFullYear(), month, 1);
  return { start: first(date.getUTCMonth()), end: first(date.getUTCMonth() + 1) };
}

/** What a request that is over has used of a plan, in nano of its unit; undefined where its credits cannot be told, because its price is not known. */
export function usedOf(plan: Plan, ref: ModelRef, usage: Usage, list: PriceList | undefined): Nano | undefined {
  if (plan.unit === "requests") return requestsCounted(plan, ref);
  if (plan.unit === "tokens") return TOKEN_CLASSES.reduce((sum, name) => sum + BigInt(usage[name]) * ONE, 0n);
  const price = list && findPrice(list, ref);
  return price && divideHalfUp(costOf(usage, price) * ONE, parseAmount(plan.creditUsd));
}

/** A plan's window as the daemon pushes it. */
export interface PlanMeter extends Pick<Plan, "name" | "window" | "unit" | "limit"> {
  /** In the plan's unit. */
  used: Decimal;
  /** When the window that ran last ends, or has ended (ISO 8601); absent before the first use. */
  resetsAt?: string;
  /** Requests of the window whose use could not be told. */
  unknown: number;
}

/** A window in figures for people and meters. */
export interface PlanFigures {
  used: Nano;
  /** Absent where the plan does not say what its window holds. */
  limit?: Nano;
  /** `used / limit`. */
  share?: number;
  /** Epoch ms; absent while no window runs: the next request begins one. */
  resetsAt?: number;
}

/** The figures at an instant (epoch ms): a window that is over is empty. */
export function planFiguresAt({ used, limit, resetsAt, window }: PlanMeter, now: number): PlanFigures {
  const runs = resetsAt !== undefined && now < Date.parse(resetsAt);
  const amount = runs ? parseAmount(used) : 0n;
  const end = runs ? Date.parse(resetsAt) : window === "month" ? spanAt(window, now).end : undefined;
  return {
    used: amount,
    ...(limit !== undefined && { limit: parseAmount(limit), share: shareOf(amount, parseAmount(limit)) }),
    ...(end !== undefined && { resetsAt: end }),
  };
}

/** The plan of whose window most is used, of those whose windows hold a known amount. */
export function tightestPlan(plans: readonly PlanMeter[], now: number): PlanMeter | undefined {
  const shares = plans.map((plan) => ({ plan, share: planFiguresAt(plan, now).share }));
  return shares.filter((one) => one.share !== undefined).sort((a, b) => b.share! - a.share!)[0]?.plan;
}
