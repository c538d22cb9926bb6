import { matchesGlob, matchesModel } from "../prices/pattern.ts";
import type { ModelPrice } from "../prices/rates.ts";
import type { Usage } from "../wire/usage.ts";
import { type Figures, figuresOf, type MachineAllowance } from "./allowance.ts";
import { type CostRange, costRange, type RequestEstimate, usageCovered } from "./estimate.ts";
import { type Message, message } from "./message.ts";
import { type Decimal, type Nano, ONE, parseAmount, shareOf, showAmount, type Unit } from "./money.ts";
import { type Plan, type PlanUse, planUse } from "./plan.ts";
import type { Policy, Thresholds } from "./policy.ts";
import type { Work } from "./work.ts";

/** A model at a provider. */
export interface ModelRef {
  provider: string;
  model: string;
}

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

export type ReasonCode =
  | "modelDenied"
  | "modelNotAllowed"
  | "unknownPrice"
  | "aboveBlock"
  | "spent"
  | "doesNotFit"
  | "aboveConfirm"
  | "shareOfRemaining"
  | "shareOfLimit"
  | "offline"
  | "coldSession"
  | "turnGrown"
  | "subagents";

export interface Reason {
  code: ReasonCode;
  effect: "confirm" | "block";
  text: Message;
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
  estimate: RequestEstimate;
  /** The tier of service that it asks for, as its provider calls it; absent: the standard one. */
  serviceTier?: string | undefined;
}

/** The allowances that a request to `ref`, for some work, draws on. */
export function applicable<A extends Pick<MachineAllowance, "models" | "projects">>(
  allowances: readonly A[],
  ref: ModelRef,
  { project }: Work = {},
): A[] {
  return allowances.filter(
    ({ models, projects }) =>
      (models?.some((pattern) => matchesModel(pattern, ref)) ?? true) &&
      (projects?.some((pattern) => project !== undefined && matchesGlob(pattern, project)) ?? true),
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
export interface CostedRequest extends Pick<Request, "ref" | "priceKnown" | "assumed">, Work {
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
  const reasons = [
    ...modelReasons(request.ref, policy),
    ...priceReasons(request, policy),
    ...rows.flatMap(({ allowance, figures, need }) => limitReasons(allowance, figures, need)),
    ...overReasons("block", cost, rows, policy),
    ...overReasons("confirm", cost, rows, policy),
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
    ...(binding && { binding }),
  };
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

function modelReasons(ref: ModelRef, { models }: Policy): Reason[] {
  const denied = models.denied.find(({ model }) => matchesModel(model, ref));
  if (denied) return [block("modelDenied", message("Your team does not allow {0}: {1}", ref.model, denied.reason))];
  if (models.allowed.some((pattern) => matchesModel(pattern, ref))) return [];
  return [block("modelNotAllowed", message("{0} is not on your team's list of models", ref.model))];
}

function priceReasons({ ref, priceKnown, assumed }: CostedRequest, policy: Policy): Reason[] {
  const reasons: Reason[] = [];
  if (!priceKnown && assumed === undefined) {
    const text = message("The price of {0} is not known; the dearest known model's price is assumed", ref.model);
    // Where the policy assumes a model whose price is not known either, the person is asked.
    reasons.push({ code: "unknownPrice", effect: policy.unknownPrice === "block" ? "block" : "confirm", text });
  }
  return reasons;
}

function limitReasons(allowance: MachineAllowance, { remaining }: Figures, need: Nano): Reason[] {
  // What costs nothing (a model on this machine) may go on when the money is spent.
  return need <= remaining ? [] : [shortage(allowance, remaining, need)];
}

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

/** A request's part in one allowance. */
interface Drawn {
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
function overMessages(effect: Effect, cost: CostRange, rows: Drawn[], policy: Policy): { kind: OverKind; text: Message }[] {
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

function overReasons(effect: "confirm" | "block", cost: CostRange, rows: Drawn[], policy: Policy): Reason[] {
  const ofCost = effect === "block" ? "aboveBlock" : "aboveConfirm";
  return overMessages(effect, cost, rows, policy).map(({ kind, text }) => ({
    code: kind === "cost" ? ofCost : kind,
    effect,
    text,
  }));
}

const percentOf = (share: number) => String(Math.round(share * 100));

function block(code: ReasonCode, text: Message): Reason {
  return { code, effect: "block", text };
}

const usd = (nano: Nano) => showAmount(nano, "usd");
