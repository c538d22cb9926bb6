import type { ModelRef } from "../../budget/verdict.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";

/** Counts tokens off the keystroke path. */
export interface Counter {
  /** The tokens of several texts, each counted on its own and added up, as `ref` counts them. */
  count(texts: readonly string[], ref: ModelRef): Promise<TokenEstimate>;
}
