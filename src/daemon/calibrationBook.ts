import { type Calibration, observe, readCalibration, UNCALIBRATED, type WholeInput } from "../tokens/estimate/calibration.ts";
import type { Usage } from "../wire/usage.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Log } from "./service.ts";

/** Where the ledger keeps it: of the machine, not of an account, since a tokenizer is the same for everybody. */
const ACCOUNT = "";
const NAME = "calibration";

/** What this machine's requests have taught about tokenizers that are not public: numbers alone, kept in the ledger, sent nowhere. */
export class CalibrationBook {
  readonly #ledger: Ledger;
  readonly #log: Log;
  #calibration: Calibration;

  constructor(ledger: Ledger, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
    this.#calibration = readCalibration(ledger.snapshot(ACCOUNT, NAME));
  }

  /** Undefined before the first lesson. */
  get calibration(): Calibration | undefined {
    return this.#calibration === UNCALIBRATED ? undefined : this.#calibration;
  }

  /** Learns from a request whose input was counted here as a whole, and by the provider. */
  learn(model: string, input: WholeInput, usage: Usage): void {
    if (usage.audioIn > 0) return; // sound is no text
    const learned = observe(this.#calibration, model, input, inputOf(usage));
    if (learned === this.#calibration) return;
    this.#calibration = learned;
    try {
      this.#ledger.saveSnapshot(ACCOUNT, NAME, learned, { until: "nextSync" });
    } catch (error) {
      this.#log(`ledger: ${(error as Error).message}`); // the next lesson is written with this one
    }
  }
}

/** All that the model read, cached or not. */
function inputOf({ input, cacheRead, cacheWrite5m, cacheWrite1h }: Usage): number {
  return input + cacheRead + cacheWrite5m + cacheWrite1h;
}
