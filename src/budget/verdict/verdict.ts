import { matchesGlob, matchesModel } from "../../prices/pattern.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { Usage } from "../../wire/usage.ts";
import { figuresOf, type MachineAllowance, type Scope } from "../allowance/allowance.ts";
import { type CostRange, costRange, type RequestEstimate, usageCovered } from "../estimate/estimate.ts";
import type { Message } from "../message.ts";
import type { ModelRef } from "../modelRef.ts";
import { type Nano, ONE, shareOf, type Unit } from "../money.ts";
import { type Plan, type PlanUse, planUse } from "../plan/plan.ts";
import type { Policy } from "../policy/policy.ts";
import { purposeOf } from "../policy/purposes.ts";
import type { Work } from "../policy/work.ts";
import { overMessages, overReasons } from "./over.ts";
import type { Reason } from "./reason.ts";
import { limitReasons, modelReasons, priceReasons, purposeReasons, quietReasons } from "./verdictRules.ts";

/** Whether two refs name the same model. */
export function sameModel(a: ModelRef, b: ModelRef): boolean {
  return a.provider === b.provider && a.model === b.model;
}

/** What the guard says of a request before it is sent. */
export interface Verdict {
  decision: "allow" | "confirm" | "block";
  /** Every rule that fired, the gravest first. Empty only for an `allow`. */
  reasons: Reason[];
  /** What the policy wants marked, though the request may go. Empty where there are reasons. */
  warnings: Message[];
  /** The model that the team would rather see used for such a request, and why. */
  preferred?: { model: string; reason: string } | undefined;
  /** What a hold for this request sets aside, by unit (nano). */
  hold: Record<Unit, Nano>;
  cost: CostRange;
  /** False: the figures are those of the model that the policy assumes, else of the dearest known, because this one's price is not known. */
  priceKnown: boolean;
  /** Set where a flat-rate plan covers the request: it costs nothing more, but takes this of the plan. */
  plan?: PlanUse;
  /** The allowance with the smallest headroom among those that the request draws on. */
  binding?: { allowance: MachineAllowance; remaining: Nano; share: number };
}

/** What a request is priced by; `pricingOf` finds it. */
export interface Priced {
  /** The model's price; where unknown, another model's with `priceKnown: false`. */
  price: ModelPrice;
  priceKnown: boolean;
  /** The model that the policy takes an unknown price from; absent: the dearest known. */
  assumed?: string;
  /** The plan that covers the request, and what the model costs without one, where known. */
  plan?: { plan: Plan; listPrice?: ModelPrice };
}

export interface Request extends Priced, Work {
  ref: ModelRef;
  /** When it is to be sent (epoch ms), by the clock of whoever gives the allowances. */
  at: number;
  estimate: RequestEstimate;
  /** The tier of service that it asks for, as its provider calls it; absent: the standard one. */
  serviceTier?: string | undefined;
}

/** The allowances that a request to `ref`, for some work, draws on. */
export function applicable<A extends Scope>(allowances: readonly A[], ref: ModelRef, { project, purpose }: Work = {}): A[] {
  return allowances.filter(
    ({ models, projects, purposes, exempt }) =>
      (models?.some((pattern) => matchesModel(pattern, ref)) ?? true) &&
      (projects?.some((pattern) => project !== undefined && matchesGlob(pattern, project)) ?? true) &&
      (purposes ? purpose !== undefined && purposes.includes(purpose) : purpose === undefined || !exempt?.includes(purpose)),
  );
}

/** Judges a request by the policy and the allowances. Pure and total: the editor previews with it, the daemon decides with it. */
export function judge(request: Request, allowances: readonly MachineAllowance[], policy: Policy): Verdict {
  const cost = costRange(request.estimate, request.price, { serviceTier: request.serviceTier });
  const verdict = judgeCost({ ...request, cost, hold: holdFor(request, cost, policy) }, allowances, policy);
  const { plan, ref, estimate } = request;
  return plan ? { ...verdict, plan: planUse(plan.plan, ref, estimate, plan.listPrice) } : verdict;
}

/** A request whose cost is known already, and what its hold sets aside. */
export interface CostedRequest extends Pick<Request, "ref" | "at" | "priceKnown" | "assumed">, Work {
  cost: CostRange;
  hold: Record<Unit, Nano>;
}

/** Judges a request by its cost alone. */
export function judgeCost(request: CostedRequest, allowances: readonly MachineAllowance[], policy: Policy): Verdict {
  const { cost, hold } = request;
  const rows = applicable(allowances, request.ref, request).map((allowance) => ({
    allowance,
    figures: figuresOf(allowance),
    need: hold[allowance.unit],
  }));
  const skips = new Set(purposeOf(policy.purposes, request.purpose)?.skips);
  const reasons = [
    ...modelReasons(request.ref, policy),
    ...priceReasons(request, policy),
    ...(skips.has("quietHours") ? [] : quietReasons(request.at, policy)),
    ...rows.flatMap(limitReasons),
    ...purposeReasons(request.purpose, cost, policy),
    ...(["block", "confirm"] as const).flatMap((effect) => (skips.has(effect) ? [] : overReasons(effect, cost, rows, policy))),
  ].sort((a, b) => Number(b.effect === "block") - Number(a.effect === "block"));
  const binding = rows
    .map(({ allowance, figures, need }) => ({ allowance, remaining: figures.remaining, share: shareOf(need, figures.remaining) }))
    .sort((a, b) => Number(b.remaining === 0n) - Number(a.remaining === 0n) || b.share - a.share)[0];
  return {
    decision: reasons[0]?.effect ?? "allow",
    reasons,
    warnings: reasons.length > 0 ? [] : overMessages("warn", cost, rows, policy).map(({ text }) => text),
    hold,
    cost,
    priceKnown: request.priceKnown,
    ...preferredTo(request.ref, policy),
    ...(binding && { binding }),
  };
}

/** What the team would rather see used than `ref`. */
function preferredTo(ref: ModelRef, { models }: Policy): Pick<Verdict, "preferred"> {
  const found = models.preferred.find(({ for: instead = "*" }) => matchesModel(instead, ref));
  if (!found || matchesModel(found.model, ref)) return {};
  return { preferred: { model: found.model, reason: found.reason } };
}

/** What the hold covers: the policy's choice of cost, and the same tokens weighted for `tokens` allowances. */
function holdFor({ estimate }: Request, cost: CostRange, policy: Policy): Record<Unit, Nano> {
  const tokens = weightedUsage(usageCovered(estimate, policy.hold), policy);
  return { usd: cost[policy.hold === "p90" ? "high" : policy.hold], tokens };
}

/** Tokens as a `tokens` allowance counts them, in nano-tokens: each class by the policy's weight. */
export function weightedTokens(
  usage: { input?: number; cacheRead?: number; cacheWrite?: number; output?: number },
  policy: Policy,
): Nano {
  const weigh = (count: number | undefined, weight: number) => BigInt(count ?? 0) * BigInt(Math.round(weight * Number(ONE)));
  const { input, cacheRead, cacheWrite, output } = policy.tokenWeights;
  return (
    weigh(usage.input, input) +
    weigh(usage.cacheRead, cacheRead) +
    weigh(usage.cacheWrite, cacheWrite) +
    weigh(usage.output, output)
  );
}

/** A usage as a `tokens` allowance counts it: audio like text, both lives of a cache write alike. */
export function weightedUsage(usage: Usage, policy: Policy): Nano {
  const { input, audioIn, cacheRead, cacheWrite5m, cacheWrite1h, output, audioOut } = usage;
  return weightedTokens(
    { input: input + audioIn, cacheRead, cacheWrite: cacheWrite5m + cacheWrite1h, output: output + audioOut },
    policy,
  );
}
