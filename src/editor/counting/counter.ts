import { inputOf, type RequestEstimate } from "../../budget/estimate/estimate.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { BASE_ENCODING, type EncodingName, encodingForModel } from "../../tokens/encoding.ts";
import type { Counted } from "../../tokens/estimate/belief.ts";
import type { Calibration } from "../../tokens/estimate/calibration.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { estimateTokens, type TokenEstimate } from "../../tokens/estimate.ts";
import { countable, isTextAlone, type WireRequest } from "../../wire/request.ts";
import type { CountThread } from "./thread.ts";

/** Counts tokens off the keystroke path. */
export interface Counter {
  /** The tokens of several texts, each counted on its own and added up, as `ref` counts them. */
  count(texts: readonly string[], ref: ModelRef): Promise<TokenEstimate>;
  /** The input of a request as `ref` counts it, and what there is to learn from it. */
  countInput(request: Pick<WireRequest, "parts" | "notInBody">, ref: ModelRef): Promise<Omit<RequestEstimate, "output">>;
}

/**
 * Counts in the model's own encoding where that is public, else estimates from the base encoding's count, from what the texts are made of and
 * from what real usage has taught.
 */
export function createCounter(thread: Pick<CountThread, "count">, calibration: () => Calibration | undefined): Counter {
  async function counted(texts: readonly string[], model: string): Promise<Counted> {
    const encoding = encodingOf(model);
    const counts = await Promise.all(texts.map((text) => thread.count(encoding, text)));
    return { tokens: counts.reduce((sum, count) => sum + count, 0), shares: contentShares(texts) };
  }
  return {
    async count(texts, { model }) {
      return estimateTokens(await counted(texts, model), model, calibration());
    },
    async countInput(request, { model }) {
      const { texts, tokens } = countable(request.parts);
      const base = await counted(texts, model);
      const input = inputOf(base, tokens, model, calibration());
      const hasLesson = !encodingForModel(model) && isTextAlone(request);
      return { input, ...(hasLesson && { whole: { ...base, frame: tokens.likely } }) };
    },
  };
}

/** The encoding in which texts for a model are counted. */
export function encodingOf(model: string): EncodingName {
  return encodingForModel(model) ?? BASE_ENCODING;
}
