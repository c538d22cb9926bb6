import type { ModelPrice } from "../prices/rates.ts";
import type { TokenEstimate } from "../tokens/estimate.ts";
import type { MachineAllowance } from "./allowance.ts";
import { type CostRange, expectedOutput, type RequestEstimate } from "./estimate.ts";
import { type Nano, shareOf } from "./money.ts";
import type { Policy } from "./policy.ts";
import { judge, type ModelRef, sameModel, type Verdict } from "./verdict.ts";

/** What one request would cost at one of several models, and whether it may go there. */
export interface ComparedModel {
  ref: ModelRef;
  name: string;
  estimate: RequestEstimate;
  cost: CostRange;
  verdict: Verdict;
  /** Input and likely answer fit into the model's context window; true where the window is not known. */
  fits: boolean;
  /** The cheapest that fits and is not blocked. */
  cheapest: boolean;
}

export interface Comparison {
  models: readonly ModelPrice[];
  /** Input tokens of the request as this model counts them. */
  countFor(ref: ModelRef): TokenEstimate;
  allowances: readonly MachineAllowance[];
  policy: Policy;
  /** Output tokens that the request asks for at most. */
  requestedOutput?: number | undefined;
}

/** The same request at several models of known price, by likely cost. */
export function compareModels(comparison: Comparison): ComparedModel[] {
  const compared = comparison.models
    .map((price) => compareOne(price, comparison))
    .sort((a, b) => Number(a.cost.likely - b.cost.likely) || (a.name < b.name ? -1 : 1));
  const cheapest = compared.find(({ fits, verdict }) => fits && verdict.decision !== "block");
  return compared.map((model) => ({ ...model, cheapest: model === cheapest }));
}

function compareOne(
  price: ModelPrice,
  { countFor, allowances, policy, requestedOutput }: Comparison,
): Omit<ComparedModel, "cheapest"> {
  const ref = { provider: price.provider, model: price.model };
  const estimate = { input: countFor(ref), output: expectedOutput({ requested: requestedOutput, model: price.maxOutput }) };
  const verdict = judge({ ref, estimate, price, priceKnown: true }, allowances, policy);
  const fits = estimate.input.high + estimate.output.likely <= (price.contextWindow ?? Number.POSITIVE_INFINITY);
  return { ref, name: price.name, estimate, cost: verdict.cost, verdict, fits };
}

/** A cheaper way for a request. */
export interface Cheaper extends ComparedModel {
  /** What it likely saves against the model asked about. */
  saving: Nano;
  /** The saving as a share of that model's likely cost, 0..1. */
  savingShare: number;
}

/** The cheapest model that the request may go to, where it likely costs less than at `ref`; undefined also where `ref` was not compared. */
export function cheaperAlternative(compared: readonly ComparedModel[], ref: ModelRef): Cheaper | undefined {
  const current = compared.find((model) => sameModel(model.ref, ref));
  const cheapest = compared.find((model) => model.cheapest);
  if (!current || !cheapest || cheapest.cost.likely >= current.cost.likely) return undefined;
  const saving = current.cost.likely - cheapest.cost.likely;
  return { ...cheapest, saving, savingShare: shareOf(saving, current.cost.likely) };
}
