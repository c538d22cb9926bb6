/** Tokens that no tokenizer counts (pictures, frames around messages): `low <= likely <= high`, all equal where the number is known. */
export interface TokenRange {
  low: number;
  likely: number;
  high: number;
  /** The provider publishes the rule behind these numbers; false: the bounds are our assumption or somebody's measurement. */
  documented: boolean;
}

/** A number that the provider documents. */
export function exactly(tokens: number): TokenRange {
  return { low: tokens, likely: tokens, high: tokens, documented: true };
}

/** Bounds that no document gives. */
export function assumed(low: number, likely: number, high: number): TokenRange {
  return { low, likely, high, documented: false };
}

/** The sum of ranges; documented where each of them is. Of none: exactly 0. */
export function sumOf(ranges: readonly TokenRange[]): TokenRange {
  return ranges.reduce(
    (sum, range) => ({
      low: sum.low + range.low,
      likely: sum.likely + range.likely,
      high: sum.high + range.high,
      documented: sum.documented && range.documented,
    }),
    exactly(0),
  );
}

/** A range as often as `times`. */
export function timesOf(range: TokenRange, times: number): TokenRange {
  return { ...range, low: range.low * times, likely: range.likely * times, high: range.high * times };
}

/** From the least to the most of two rules for the same thing; `likely` is the first one's. Documented where both are, and agree. */
export function eitherOf(likelier: TokenRange, other: TokenRange): TokenRange {
  const low = Math.min(likelier.low, other.low);
  const high = Math.max(likelier.high, other.high);
  return { low, likely: likelier.likely, high, documented: likelier.documented && other.documented && low === high };
}

/** Known, to the token. */
export function isKnown({ low, high, documented }: TokenRange): boolean {
  return documented && low === high;
}
