import { costOf, type ModelPrice } from "../prices/rates.ts";
import type { Counted } from "../tokens/estimate/belief.ts";
import type { Calibration, WholeInput } from "../tokens/estimate/calibration.ts";
import { estimateInput, type TokenEstimate } from "../tokens/estimate.ts";
import { isKnown, type TokenRange } from "../wire/tokenRange.ts";
import { usageOf } from "../wire/usage.ts";
import type { Nano } from "./money.ts";

/** What a request will likely use, before it is sent. All in tokens. */
export interface RequestEstimate {
  input: TokenEstimate;
  output: ExpectedOutput;
  /** Where `input` is an estimate of all that the model gets: what can be learned from once the provider has counted it. */
  whole?: WholeInput;
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

/**
 * Stated priors for the output of one chat request, until the person's own history replaces them: half of the answers stay
 * below 400 tokens, nine of ten below 2,000 (our assumption, marked as an estimate wherever it is shown).
 */
export const OUTPUT_PRIOR = { likely: 400, high: 2_000 } as const;

/** Output tokens assumed as the end where neither request nor model states one. */
export const UNSTATED_MAX_OUTPUT = 16_384;

/** Expected output of a request, capped by what the request asks for and what the model can give (tokens). */
export function expectedOutput(caps: { requested?: number | undefined; model?: number | undefined }): ExpectedOutput {
  const worst = Math.min(caps.requested ?? Number.POSITIVE_INFINITY, caps.model ?? UNSTATED_MAX_OUTPUT);
  return { likely: Math.min(OUTPUT_PRIOR.likely, worst), high: Math.min(OUTPUT_PRIOR.high, worst), worst };
}

/** The input of a request to `model`: its texts as counted, and the tokens that no tokenizer counts. */
export function inputOf(counted: Counted, tokens: TokenRange, model: string, calibration?: Calibration): TokenEstimate {
  const { low, likely, high, exact } = estimateInput(counted, tokens.likely, model, calibration);
  return {
    low: Math.max(0, low - (tokens.likely - tokens.low)),
    likely,
    high: high + (tokens.high - tokens.likely),
    exact: exact && isKnown(tokens),
  };
}

/** What an estimate costs at a model's rates. */
export function costRange(estimate: RequestEstimate, price: ModelPrice): CostRange {
  const cost = (input: number, output: number) => costOf(usageOf({ input, output }), price);
  const { input, output } = estimate;
  return {
    start: cost(input.likely, 0),
    likely: cost(input.likely, output.likely),
    high: cost(input.high, output.high),
    worst: cost(input.high, output.worst),
  };
}
