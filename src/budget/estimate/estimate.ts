import { costOf, type ModelPrice, type Terms } from "../../prices/rates.ts";
import type { Counted } from "../../tokens/estimate/belief.ts";
import type { Calibration, WholeInput } from "../../tokens/estimate/calibration.ts";
import { estimateInput, estimateTokens, type TokenEstimate } from "../../tokens/estimate.ts";
import { isKnown, type TokenRange } from "../../wire/tokenRange.ts";
import { type Usage, usageOf } from "../../wire/usage.ts";
import type { Nano } from "../money.ts";
import { OUTPUT_PRIOR, type OutputNorm } from "./outputHistory.ts";

/** What a turn's estimate has besides the first call's input. In tokens. */
export interface TurnShape {
  /** Of that input, what the provider's cache has still: likely, and at least. */
  cached: { likely: number; least: number };
  /** What comes after that input, answers and further calls, as `asInputTokens` measures it: half of the turns stay below, and nine of ten. */
  further: OutputNorm;
}

/** What a request will likely use, before it is sent. All in tokens. */
export interface RequestEstimate {
  input: TokenEstimate;
  output: ExpectedOutput;
  /** Where `input` is an estimate of all that the model gets: what can be learned from once the provider has counted it. */
  whole?: WholeInput;
  /** Set where it is a whole turn of an agent's: `input` is the first call's, and `output` nothing. */
  turn?: TurnShape;
}

export interface ExpectedOutput {
  /** Half of such requests stay below. */
  likely: number;
  /** Nine of ten stay below. */
  high: number;
  /** The end that the request or the model sets. */
  worst: number;
}

/** The price of an estimate in nano-USD. */
export interface CostRange {
  /** The input alone: what sending costs before a word comes back. */
  start: Nano;
  likely: Nano;
  high: Nano;
  worst: Nano;
}

/** Output tokens assumed as the end where neither request nor model states one. */
export const UNSTATED_MAX_OUTPUT = 16_384;

/** What bounds an answer, and what is known of earlier ones. */
export interface OutputBounds {
  /** Output tokens that the request asks for at most. */
  requested?: number | undefined;
  /** Output tokens that the model gives at most. */
  model?: number | undefined;
  /** The person's own, of this kind of request; absent: the stated priors. */
  norm?: OutputNorm | undefined;
}

/** Expected output of a request (tokens): as long as earlier answers, capped by what the request asks for and the model can give. */
export function expectedOutput({ requested, model, norm = OUTPUT_PRIOR }: OutputBounds): ExpectedOutput {
  const worst = Math.min(requested ?? Number.POSITIVE_INFINITY, model ?? Math.max(UNSTATED_MAX_OUTPUT, norm.high));
  return { likely: Math.min(norm.likely, worst), high: Math.min(norm.high, worst), worst };
}

/** The input of a request to `model`: its texts as counted, and the tokens that no tokenizer counts. */
export function inputOf(counted: Counted, tokens: TokenRange, model: string, calibration?: Calibration): TokenEstimate {
  return withRange(estimateInput(counted, tokens.likely, model, calibration), tokens);
}

/** A part of a request's input likewise, without what the provider adds around the whole. */
export function partOf(counted: Counted, tokens: TokenRange, model: string, calibration?: Calibration): TokenEstimate {
  const { low, likely, high, exact } = estimateTokens(counted, model, calibration);
  return withRange({ low: low + tokens.likely, likely: likely + tokens.likely, high: high + tokens.likely, exact }, tokens);
}

/** An estimate that has the likely tokens of a range in it, with the range's bounds. */
function withRange({ low, likely, high, exact }: TokenEstimate, tokens: TokenRange): TokenEstimate {
  return {
    low: Math.max(0, low - (tokens.likely - tokens.low)),
    likely,
    high: high + (tokens.high - tokens.likely),
    exact: exact && isKnown(tokens),
  };
}

/** What an estimate costs at a model's rates. */
export function costRange(estimate: RequestEstimate, price: ModelPrice, terms?: Terms): CostRange {
  if (estimate.turn) return turnCost(estimate, estimate.turn, price);
  const cost = (input: number, output: number) => costOf(usageOf({ input, output }), price, terms);
  const { input, output } = estimate;
  return {
    start: cost(input.likely, 0),
    likely: cost(input.likely, output.likely),
    high: cost(input.high, output.high),
    worst: cost(input.high, output.worst),
  };
}

/** A turn has no worst case but what it is stopped at: nine of ten such turns stay below. */
function turnCost({ input }: RequestEstimate, turn: TurnShape, price: ModelPrice): CostRange {
  const [likely, high] = [usageOfTurn(input.likely, turn, "likely"), usageOfTurn(input.high, turn, "high")];
  const start = costOf({ ...likely, input: likely.input - turn.further.likely }, price);
  const most = costOf(high, price);
  return { start, likely: costOf(likely, price), high: most, worst: most };
}

/** The tokens that a hold covers, by the policy's choice of what it is to cover. */
export function usageCovered({ input, output, turn }: RequestEstimate, hold: "likely" | "p90" | "worst"): Usage {
  const sent = hold === "likely" ? input.likely : input.high;
  if (turn) return usageOfTurn(sent, turn, hold === "likely" ? "likely" : "high");
  return usageOf({ input: sent, output: output[hold === "p90" ? "high" : hold] });
}

/** What a turn whose first call sends `input` tokens uses in all, likely or in nine of ten cases. */
function usageOfTurn(input: number, { cached, further }: TurnShape, which: "likely" | "high"): Usage {
  const cacheRead = Math.min(input, which === "likely" ? cached.likely : cached.least);
  return usageOf({ input: input - cacheRead + further[which], cacheRead });
}
