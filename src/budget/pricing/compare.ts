import type { Capability, ModelPrice, PriceList } from "../../prices/rates.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import type { RequestPart } from "../../wire/request.ts";
import type { MachineAllowance } from "../allowance/allowance.ts";
import {
  type CostRange,
  type ExpectedOutput,
  expectedOutput,
  type RequestEstimate,
  type TurnShape,
} from "../estimate/estimate.ts";
import { normFor, type OutputNorms } from "../estimate/outputNorms.ts";
import type { ModelRef } from "../modelRef.ts";
import type { Nano } from "../money.ts";
import type { Plan } from "../plan/plan.ts";
import type { Policy } from "../policy/policy.ts";
import type { Work } from "../policy/work.ts";
import { judge, type Priced, sameModel, type Verdict } from "../verdict/verdict.ts";
import { plansBeside, pricingOf } from "./pricing.ts";

/** Compared where nobody has said which, as far as their prices are known. */
export const USUAL_MODELS = [
  "gpt-5-mini",
  "gpt-5",
  "claude-haiku-4-5",
  "claude-sonnet-4-5",
  "gemini-2.5-flash",
  "gemini-2.5-pro",
];

/** What one request would cost at one of several models, and whether it may and can go there. */
export interface ComparedModel {
  ref: ModelRef;
  name: string;
  estimate: RequestEstimate;
  cost: CostRange;
  /** Tokens that fit into a request, input and output together, where known. */
  contextWindow?: number;
  /** Where the price comes from. */
  source: ModelPrice["source"];
  verdict: Verdict;
  /** Why the request should not go there; empty where it may. */
  exclusions: Exclusion[];
  /** The cheapest without exclusions. */
  cheapest: boolean;
}

/**
 * Why a model is no choice for a request: the policy refuses it, input and likely answer do not fit into its context window, it
 * cannot do what the request needs, or its provider retires it. What is not known of a model excludes it only from pictures:
 * nearly all models call tools.
 */
export type Exclusion = "refused" | "tooLong" | Capability | "deprecated";

export interface Comparison {
  /** The models to compare, as people name them; one that is named twice, or whose price is not known, is left out. */
  refs: readonly ModelRef[];
  list: PriceList;
  /** Prices of single models that are not in the list, such as those that run on this machine: they count for exactly these. */
  ownPrices?: readonly ModelPrice[];
  /** Input tokens of the request as this model counts them. */
  countFor(ref: ModelRef): TokenEstimate;
  allowances: readonly MachineAllowance[];
  policy: Policy;
  /** When it is to be sent (epoch ms), by the clock of whoever gives the allowances. */
  at: number;
  /** The work that it is for, where that is known. */
  work?: Work;
  /** The person's own flat-rate plans. */
  plans?: readonly Plan[];
  /** The kind of request, and how long answers of that kind have been. */
  kind: string;
  outputs: OutputNorms;
  /** Output tokens that the request asks for at most. */
  requestedOutput?: number | undefined;
  /** How many answers it asks for, each as long as `requestedOutput` at most; absent: one. */
  answers?: number;
  /** The tier of service that it asks for, as its provider calls it. */
  serviceTier?: string;
  /** Set where it is a whole turn of an agent's. */
  turn?: TurnShape;
  /** What the request needs besides text. */
  needs?: readonly Capability[];
}

/** The same request at several models of known price, by likely cost. */
export function compareModels(comparison: Comparison): ComparedModel[] {
  const refs = comparison.refs.filter((ref, index, all) => all.findIndex((other) => sameModel(other, ref)) === index);
  const compared = refs
    .flatMap((ref) => compareOne(ref, comparison) ?? [])
    .sort((a, b) => Number(a.cost.likely - b.cost.likely) || (a.name < b.name ? -1 : 1));
  const cheapest = compared.find(({ exclusions }) => exclusions.length === 0);
  return compared.map((model) => ({ ...model, cheapest: model === cheapest }));
}

function compareOne(ref: ModelRef, comparison: Comparison): Omit<ComparedModel, "cheapest"> | undefined {
  const { list, allowances, policy, at, work, plans = [], kind, outputs, requestedOutput, answers = 1, serviceTier } = comparison;
  const own = comparison.ownPrices?.find((price) => sameModel(price, ref));
  const priced: Priced = own
    ? { price: own, priceKnown: true }
    : pricingOf(list, ref, policy, plansBeside(plans, allowances, ref));
  if (!priced.priceKnown) return undefined;
  const norm = normFor(outputs, kind, ref);
  const answer = expectedOutput({ requested: requestedOutput, model: priced.price.maxOutput, norm });
  const input = comparison.countFor(ref);
  const { turn } = comparison;
  const estimate = turn ? { input, output: { likely: 0, high: 0, worst: 0 }, turn } : { input, output: timesOf(answer, answers) };
  const verdict = judge({ ref, at, ...work, estimate, ...priced, serviceTier }, allowances, policy);
  const exclusions = exclusionsOf(priced.price, { input, output: answer }, verdict, comparison.needs ?? []);
  const { name, source, contextWindow } = priced.price;
  return {
    ...{ ref, name, estimate, cost: verdict.cost, source, verdict, exclusions },
    ...(contextWindow !== undefined && { contextWindow }),
  };
}

/** Several answers to one request are alike, and so are their lengths. */
function timesOf({ likely, high, worst }: ExpectedOutput, answers: number): ExpectedOutput {
  return { likely: likely * answers, high: high * answers, worst: worst * answers };
}

/** What a request needs besides text, by the kinds of its parts. */
export function needsOf(parts: readonly Pick<RequestPart, "kind">[]): Capability[] {
  const kinds = new Set(parts.map(({ kind }) => kind));
  return [...(kinds.has("tools") ? (["tools"] as const) : []), ...(kinds.has("image") ? (["vision"] as const) : [])];
}

function exclusionsOf(
  { contextWindow = Number.POSITIVE_INFINITY, capabilities = {}, deprecated = false }: ModelPrice,
  { input, output }: RequestEstimate,
  { decision }: Verdict,
  needs: readonly Capability[],
): Exclusion[] {
  const lacks = needs.filter((need) => !(capabilities[need] ?? need === "tools"));
  return [
    ...(decision === "block" ? (["refused"] as const) : []),
    ...(input.high + output.likely > contextWindow ? (["tooLong"] as const) : []),
    ...lacks,
    ...(deprecated ? (["deprecated"] as const) : []),
  ];
}

/** Another way for a request. */
export interface Alternative extends ComparedModel {
  /** What it likely saves against the model asked about (nano-USD). */
  saving: Nano;
  /** How many times less it likely costs; infinite where it costs nothing. */
  times: number;
}

/**
 * The models that a request may go to instead, cheapest first: those that cost less than `than`, likely and at the high end; all
 * where the model asked about is closed to it anyway.
 */
export function alternativesTo(
  compared: readonly ComparedModel[],
  than: Pick<CostRange, "likely" | "high">,
  which: "cheaper" | "any" = "cheaper",
): Alternative[] {
  return compared
    .filter(({ exclusions, cost }) => exclusions.length === 0 && (which === "any" || isLess(cost, than)))
    .map((model) => {
      const saving = than.likely - model.cost.likely;
      const times = Number(than.likely) / Number(model.cost.likely);
      return { ...model, saving, times };
    });
}

function isLess(cost: CostRange, than: Pick<CostRange, "likely" | "high">): boolean {
  return cost.likely < than.likely && cost.high < than.high;
}
