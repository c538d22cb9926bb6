import {
  afterObserving,
  normsAfter,
  normsOf,
  type Observed,
  type OutputHistories,
  type OutputNorms,
  observed,
} from "../../budget/estimate/outputNorms.ts";
import type { Entry } from "../../protocol/endpoint.ts";

/** How long answers have been on this machine. The ledger keeps it, in the transaction that settles the request. */
export class OutputBook {
  #histories: OutputHistories;
  #norms: OutputNorms;

  constructor(histories: OutputHistories) {
    this.#histories = histories;
    this.#norms = normsOf(histories);
  }

  get norms(): OutputNorms {
    return this.#norms;
  }

  /** What a settled request changes. Undefined where its end was not seen, or it never had an answer. */
  observe({ origin, provider, model, usage, usageSource }: Entry): Observed | undefined {
    const seen = usageSource === "provider" || usageSource === "counted";
    return seen && usage.output > 0 ? observed(this.#histories, origin, { provider, model }, usage.output) : undefined;
  }

  /** It is written down. */
  take(change: Observed): void {
    this.#histories = afterObserving(this.#histories, change);
    this.#norms = normsAfter(this.#norms, change);
  }
}
