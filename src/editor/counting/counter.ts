import type { ModelRef } from "../../budget/verdict.ts";
import { BASE_ENCODING, type EncodingName, encodingForModel } from "../../tokens/encoding.ts";
import { estimateTokens, type TokenEstimate } from "../../tokens/estimate.ts";
import type { CountThread } from "./thread.ts";

/** Counts tokens off the keystroke path. */
export interface Counter {
  /** The tokens of several texts, each counted on its own and added up, as `ref` counts them. */
  count(texts: readonly string[], ref: ModelRef): Promise<TokenEstimate>;
}

/** Counts in the model's own encoding where that is public, else estimates from the base encoding's count. */
export function createCounter(thread: CountThread): Counter {
  return {
    async count(texts, { model }) {
      const encoding = encodingOf(model);
      const counts = await Promise.all(texts.map((text) => thread.count(encoding, text)));
      return estimateTokens(
        counts.reduce((sum, count) => sum + count, 0),
        model,
      );
    },
  };
}

/** The encoding in which texts for a model are counted. */
export function encodingOf(model: string): EncodingName {
  return encodingForModel(model) ?? BASE_ENCODING;
}
