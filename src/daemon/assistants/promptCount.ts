import { type Counter, loadCounter, type ReadTokenFile } from "../../tokens/counter.ts";
import { BASE_ENCODING, type EncodingName, encodingForModel } from "../../tokens/encoding.ts";
import type { Calibration } from "../../tokens/estimate/calibration.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { estimateTokens, type TokenEstimate } from "../../tokens/estimate.ts";

/** Where nothing can be counted: characters of a token, at most, usually and at least. */
const CHARACTERS = { low: 6, likely: 4, high: 2 };

/** Counts prompts, each as its model does. Loads what it needs at the first. */
export class PromptCount {
  readonly #read: ReadTokenFile | undefined;
  readonly #calibration: () => Calibration | undefined;
  readonly #counters = new Map<EncodingName, Promise<Counter>>();

  /** @param read undefined where this process has no tables: prompts are guessed by their length then */
  constructor(read: ReadTokenFile | undefined, calibration: () => Calibration | undefined) {
    this.#read = read;
    this.#calibration = calibration;
  }

  async count(text: string, model: string): Promise<TokenEstimate> {
    const counter = await this.#counterFor(encodingForModel(model) ?? BASE_ENCODING);
    if (!counter) return guessed(text.length);
    return estimateTokens({ tokens: counter.count(text), shares: contentShares([text]) }, model, this.#calibration());
  }

  async #counterFor(encoding: EncodingName): Promise<Counter | undefined> {
    if (!this.#read) return undefined;
    const loading = this.#counters.get(encoding) ?? loadCounter(encoding, this.#read);
    this.#counters.set(encoding, loading);
    try {
      return await loading;
    } catch {
      this.#counters.delete(encoding); // the next prompt tries again
      return undefined;
    }
  }
}

function guessed(length: number): TokenEstimate {
  const [low, likely, high] = [CHARACTERS.low, CHARACTERS.likely, CHARACTERS.high].map((each) => Math.ceil(length / each));
  return { low: low!, likely: likely!, high: high!, exact: false };
}
