import type { MachineAllowance } from "../budget/allowance/allowance.ts";

const LONGEST_TIMER = 2 ** 31 - 1;
/** After the end of a period, so that both clocks are beyond it (ms). */
const SURELY_OVER = 50;

/** Calls back when the first of some periods, or of the grants in them, ends: there are new figures then without anything having happened. */
export class PeriodEnd {
  readonly #ended: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** @param now epoch ms by the clock that ends the periods */
  await(allowances: readonly MachineAllowance[], now: number): void {
    clearTimeout(this.#timer);
    const ends = allowances
      .flatMap(({ period, grants = [] }) => [period.resetsAt, ...grants.map(({ until }) => until)])
      .map((end) => Date.parse(end))
      .filter((end) => end > now);
    if (ends.length === 0) return;
    this.#timer = setTimeout(this.#ended, Math.min(Math.min(...ends) - now + SURELY_OVER, LONGEST_TIMER)).unref();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
