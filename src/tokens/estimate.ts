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

/** More tokens than this a text cannot be, in any byte-level encoding: its UTF-8 bytes. Needs no table. */
export function upperBoundTokens(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2; // a lone surrogate is encoded as U+FFFD: 3 bytes
    if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) i++; // a pair: 2 units, 4 bytes
  }
  return bytes;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
