import { encodingForModel } from "./encoding.ts";

/** How many tokens a text is for a model: `low <= likely <= high`, all equal where the count is exact. */
export interface TokenEstimate {
  low: number;
  likely: number;
  high: number;
  exact: boolean;
}

/** Tokens of a family for one o200k_base token: the band covers prose, code and other languages. */
interface Family {
  pattern: RegExp;
  low: number;
  likely: number;
  high: number;
}

/**
 * Published or measured ratios to o200k_base; the first that matches applies.
 * - Claude from Opus 4.7 on (also Opus 5, Sonnet 5 …): a new tokenizer, officially 1.0-1.35 x the former (Anthropic, "What's new in Claude 4.7"),
 *   measured 1.00 (CJK) to 1.47 (technical prose); times the former ratio.
 * - Claude before: +16 % on English, +21 % on mathematics, +30 % on Python against GPT-4o (published 2025).
 * - Gemini: o200k_base x 1.08 reaches 92.5-99.9 % (ai-tokenizer's published accuracy table).
 * - OpenAI's models that are in no published table yet: o200k_base has been theirs since GPT-4o, so likely still is.
 * - Everything else: no reliable figure; a wide band.
 */
const FAMILIES: Family[] = [
  { pattern: /claude-(opus-(4[-.][7-9]|[5-9])|(sonnet|haiku|fable|mythos)-[5-9])/, low: 1.1, likely: 1.5, high: 1.9 },
  { pattern: /claude/, low: 1.05, likely: 1.18, high: 1.35 },
  { pattern: /gemini|gemma/, low: 0.95, likely: 1.08, high: 1.25 },
  { pattern: /\bgpt-\d/, low: 0.85, likely: 1, high: 1.15 },
  { pattern: /(?:)/, low: 0.85, likely: 1.1, high: 1.5 },
];

/**
 * Tokens of a text for `model`, from its exact count in the model's own encoding (`encodingForModel`), or else in `BASE_ENCODING`.
 * `baseCount` is that count.
 */
export function estimateTokens(baseCount: number, model: string): TokenEstimate {
  if (encodingForModel(model)) return { low: baseCount, likely: baseCount, high: baseCount, exact: true };
  const name = model.toLowerCase();
  const { low, likely, high } = FAMILIES.find(({ pattern }) => pattern.test(name))!;
  return {
    low: Math.floor(baseCount * low),
    likely: Math.round(baseCount * likely),
    high: Math.ceil(baseCount * high),
    exact: false,
  };
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
