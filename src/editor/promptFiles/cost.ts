import { costRange, type ExpectedOutput } from "../../budget/estimate/estimate.ts";
import type { Nano } from "../../budget/money.ts";
import { costOf, type ModelPrice } from "../../prices/rates.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import { usageOf } from "../../wire/usage.ts";
import type { Paid } from "./kind.ts";

/** The tokens that a prompt file brings along. */
export interface FileTokens {
  paid: Paid;
  own: TokenEstimate;
  /** Of the files that it refers to: they go with it for sure where they are imported, else an assistant may read them. */
  files: readonly { tokens: TokenEstimate; isImported: boolean }[];
}

/** What a prompt file takes of one request (nano-USD). */
export interface FileCost {
  from: Nano;
  to: Nano;
}

/** Estimates of several texts for the same model together. */
export function together(estimates: readonly TokenEstimate[]): TokenEstimate {
  return estimates.reduce(
    (sum, { low, likely, high, exact }) => ({
      low: sum.low + low,
      likely: sum.likely + likely,
      high: sum.high + high,
      exact: sum.exact && exact,
    }),
    { low: 0, likely: 0, high: 0, exact: true },
  );
}

/**
 * The price of a prompt file at a model's rates. A request: from a usual answer to a long one, with all that is linked. What goes along with
 * requests: from what it costs where the provider's cache has it already to what it costs anew, with all that is linked.
 */
export function costOfFile(file: FileTokens, output: ExpectedOutput, price: ModelPrice): FileCost {
  const sure = sureOf(file);
  const all = together([file.own, ...file.files.map(({ tokens }) => tokens)]);
  if (file.paid !== "asRequest")
    return { from: costOf(usageOf({ cacheRead: sure.likely }), price), to: costOf(usageOf({ input: all.high }), price) };
  return { from: costRange({ input: sure, output }, price).likely, to: costRange({ input: all, output }, price).high };
}

/** What goes with a prompt file for sure, itself included. */
export function sureOf({ own, files }: FileTokens): TokenEstimate {
  return together([own, ...files.filter(({ isImported }) => isImported).map(({ tokens }) => tokens)]);
}
