import { encodingForModel } from "./encoding.ts";
import { bandOf, type Counted, forecast } from "./estimate/belief.ts";
import { beliefOf, type Calibration, UNCALIBRATED } from "./estimate/calibration.ts";

/** How many tokens a text is for a model: `low <= likely <= high`, all equal where the count is exact. */
export interface TokenEstimate {
  low: number;
  likely: number;
  high: number;
  exact: boolean;
}

/**
 * Tokens of a text for `model`, from its exact count in the model's own encoding (`encodingForModel`), or else in `BASE_ENCODING`. Without a
 * public tokenizer nine of ten texts lie between `low` and `high`, as far as is known (see `families.ts`) and was learned.
 */
export function estimateTokens(counted: Counted, model: string, calibration: Calibration = UNCALIBRATED): TokenEstimate {
  if (encodingForModel(model)) return exactly(counted.tokens);
  return { ...bandOf(forecast(beliefOf(calibration, model), counted)), exact: false };
}

/** The same of a request's whole input: texts that were counted, and `frame` tokens counted for what stands around them. */
export function estimateInput(
  counted: Counted,
  frame: number,
  model: string,
  calibration: Calibration = UNCALIBRATED,
): TokenEstimate {
  if (encodingForModel(model)) return exactly(counted.tokens + frame);
  return { ...bandOf(forecast(beliefOf(calibration, model), counted, frame)), exact: false };
}

function exactly(tokens: number): TokenEstimate {
  return { low: tokens, likely: tokens, high: tokens, exact: true };
}
