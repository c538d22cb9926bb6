/** What was spent within so long (ms) is summed up together. */
const AFTER = 100;

/** Sums up what was spent: not while somebody waits for an answer, but soon after. */
export class Sums {
  readonly #sumUp: () => void;
  #soon: NodeJS.Timeout | undefined;

  constructor(sumUp: () => void) {
    this.#sumUp = sumUp;
  }

  /** Something was spent. */
  soon(): void {
    this.#soon ??= setTimeout(() => this.now(), AFTER);
  }

  now(): void {
    this.dispose();
    this.#sumUp();
  }

  dispose(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }
}
