import { matchesModel } from "../../prices/pattern.ts";
import type { MachineAllowance } from "../allowance/allowance.ts";
import type { CostRange } from "../estimate/estimate.ts";
import { amountText } from "../forecast/allowanceLine.ts";
import { message } from "../message.ts";
import { type Decimal, type Nano, parseAmount, showAmount, type Unit } from "../money.ts";
import type { Policy } from "../policy/policy.ts";
import { purposeOf } from "../policy/purposes.ts";
import { quietAt } from "../policy/quietHours.ts";
import type { Drawn } from "./over.ts";
import { block, confirm, type Reason } from "./reason.ts";

/** What each rule of the policy but the thresholds (`over.ts`) says of a request. */

interface Ref {
  provider: string;
  model: string;
}

export function modelReasons(ref: Ref, { models }: Policy): Reason[] {
  const denied = models.denied.find(({ model }) => matchesModel(model, ref));
  if (denied) return [block("modelDenied", message("Your team does not allow {0}: {1}", ref.model, denied.reason))];
  if (models.allowed.some((pattern) => matchesModel(pattern, ref))) return [];
  return [block("modelNotAllowed", message("{0} is not on your team's list of models", ref.model))];
}

interface Known {
  ref: Ref;
  priceKnown: boolean;
  assumed?: string;
}

export function priceReasons({ ref, priceKnown, assumed }: Known, policy: Policy): Reason[] {
  if (priceKnown || assumed !== undefined) return [];
  const text = message("The price of {0} is not known; the dearest known model's price is assumed", ref.model);
  // Where the policy assumes a model whose price is not known either, the person is asked.
  return [policy.unknownPrice === "block" ? block("unknownPrice", text) : confirm("unknownPrice", text)];
}

/** An expensive request without a purpose that the team knows. */
export function purposeReasons(purpose: string | undefined, cost: CostRange, { purposes }: Policy): Reason[] {
  const { list, requiredAbove } = purposes;
  if (requiredAbove === undefined || list.length === 0 || purposeOf(purposes, purpose)) return [];
  if (cost.high <= parseAmount(requiredAbove)) return [];
  const text = message("Above {0} your team wants to know what a request is for", showAmount(parseAmount(requiredAbove), "usd"));
  return [confirm("purposeNeeded", text)];
}

export function quietReasons(at: number, { quietHours, timeZone }: Policy): Reason[] {
  return quietAt(quietHours, timeZone, at).map(({ from, to, effect }) => {
    const until = from === to ? message("Your team has a quiet day ({0})", timeZone) : undefined;
    const text = until ?? message("Your team has quiet hours from {0} to {1} ({2})", from, to, timeZone);
    return effect === "block" ? block("quietHours", text) : confirm("quietHours", text);
  });
}

/** What costs nothing (a model on this machine) may go on when the money is spent. */
export function limitReasons({ allowance, figures: { left, remaining, overdrawn }, need }: Drawn): Reason[] {
  if (need > remaining) return [shortage(allowance, remaining, need)];
  return need > left ? [overdraftReason(allowance, overdrawn + need - left)] : [];
}

/** `beyond`: how far the allowance would be overdrawn (nano of its unit). */
function overdraftReason({ name, unit, period }: MachineAllowance, beyond: Nano): Reason {
  const amount = amountText(beyond, unit);
  return confirm("overdraft", message(OVERDRAFT[period.kind], name, amount));
}

const OVERDRAFT = {
  day: "{0} is used up: {1} would come out of tomorrow's",
  week: "{0} is used up: {1} would come out of next week's",
  month: "{0} is used up: {1} would come out of next month's",
} as const;

/** Why a request that needs more than an allowance has left (nano) is refused; without a `limit` it cannot be told to be used up. */
export function shortage(
  { name, unit, limit }: { name: string; unit: Unit; limit?: Decimal },
  remaining: Nano,
  need: Nano,
): Reason {
  if (remaining <= 0n && limit !== undefined)
    return block("spent", message("{0} is used up ({1})", name, showAmount(parseAmount(limit), unit)));
  const [needed, left] = [showAmount(need, unit), showAmount(remaining, unit)];
  return block("doesNotFit", message("It needs {0}, but {1} has only {2} left", needed, name, left));
}
