import type { Figures, MachineAllowance } from "../allowance/allowance.ts";
import type { CostRange } from "../estimate/estimate.ts";
import { type Message, message } from "../message.ts";
import { type Nano, parseAmount, shareOf, showAmount } from "../money.ts";
import type { Policy } from "../policy/policy.ts";
import type { Thresholds } from "../policy/thresholds.ts";
import type { Reason } from "./reason.ts";

/** A request's part in one allowance. */
export interface Drawn {
  allowance: MachineAllowance;
  figures: Figures;
  need: Nano;
}

type Effect = "warn" | "confirm" | "block";
type OverKind = keyof Thresholds;

/** What each threshold says where it is passed: {0} the cost or the share, {1} the allowance, and last the threshold. */
const OVER: Record<Effect, Record<OverKind, string>> = {
  warn: {
    cost: "It may cost {0}",
    shareOfRemaining: "It may take {0}% of what is left of {1}",
    shareOfLimit: "It may take {0}% of {1}",
  },
  confirm: {
    cost: "It may cost {0}, more than the {1} above which you are asked",
    shareOfRemaining: "It may take {0}% of what is left of {1}",
    shareOfLimit: "It may take {0}% of {1}; above {2}% you are asked",
  },
  block: {
    cost: "It may cost {0}; requests above {1} are stopped",
    shareOfRemaining: "It may take {0}% of what is left of {1}; above {2}% requests are stopped",
    shareOfLimit: "It may take {0}% of {1}; above {2}% requests are stopped",
  },
};

/** The thresholds of an effect that a request passes, in words. */
export function overMessages(
  effect: Effect,
  cost: CostRange,
  rows: Drawn[],
  policy: Policy,
): { kind: OverKind; text: Message }[] {
  const { cost: limit, shareOfRemaining, shareOfLimit } = policy[effect];
  const over: { kind: OverKind; text: Message }[] = [];
  if (limit !== undefined && cost.high > parseAmount(limit))
    over.push({ kind: "cost", text: message(OVER[effect].cost, usd(cost.high), usd(parseAmount(limit))) });
  for (const { allowance, figures, need } of rows) {
    const shares = [
      ["shareOfRemaining", shareOf(need, figures.remaining), shareOfRemaining],
      ["shareOfLimit", shareOf(need, figures.limit), shareOfLimit],
    ] as const;
    // Beyond what is left, limitReasons has said the graver thing; where nothing is needed, no share is taken.
    if (need > figures.remaining || need === 0n) continue;
    for (const [kind, share, most] of shares)
      if (most !== undefined && share > most)
        over.push({ kind, text: message(OVER[effect][kind], percentOf(share), allowance.name, percentOf(most)) });
  }
  return over;
}

/** The same as reasons. */
export function overReasons(effect: "confirm" | "block", cost: CostRange, rows: Drawn[], policy: Policy): Reason[] {
  const ofCost = effect === "block" ? "aboveBlock" : "aboveConfirm";
  return overMessages(effect, cost, rows, policy).map(({ kind, text }) => ({
    code: kind === "cost" ? ofCost : kind,
    effect,
    text,
  }));
}

const percentOf = (share: number) => String(Math.round(share * 100));
const usd = (nano: Nano) => showAmount(nano, "usd");
