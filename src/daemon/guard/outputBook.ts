import {
  afterObserving,
  normsAfter,
  normsOf,
  type OutputHistories,
  type OutputNorms,
  observed,
} from "../../budget/estimate/outputNorms.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** How long answers have been on this machine, as the ledger keeps it. */
export class OutputBook {
  readonly #ledger: Pick<Ledger, "outputs" | "learn">;
  #histories: OutputHistories;
  #norms: OutputNorms;

  constructor(ledger: Pick<Ledger, "outputs" | "learn">) {
    this.#ledger = ledger;
    this.#histories = ledger.outputs();
    this.#norms = normsOf(this.#histories);
  }

  get norms(): OutputNorms {
    return this.#norms;
  }

  /** Learns from a settled request: nothing where its end was not seen, or it never had an answer. */
  learn({ origin, provider, model, usage, usageSource }: Entry): void {
    const seen = usageSource === "provider" || usageSource === "counted";
    if (!seen || usage.output === 0) return;
    const change = observed(this.#histories, origin, { provider, model }, usage.output);
    this.#ledger.learn(change);
    this.#histories = afterObserving(this.#histories, change);
    this.#norms = normsAfter(this.#norms, change);
  }
}
