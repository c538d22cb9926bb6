import { max, type Nano } from "../../../src/budget/money.ts";

/** What racers really did, kept apart from every book. */
export class RaceTruth {
  readonly #limit: Nano;
  admitted = 0;
  refused = 0;
  wrongful = 0;
  spent = 0n;
  /** Usage above its holds. */
  above = 0n;
  #open = 0n;
  /** Holds that are asked for and not answered, some of which are granted already. */
  #undecided = 0n;

  constructor(limit: Nano) {
    this.#limit = limit;
  }

  ask(hold: Nano): void {
    this.#undecided += hold;
  }

  refuse(hold: Nano): void {
    this.refused++;
    this.#undecided -= hold;
    if (this.#undecided + this.spent + this.#open + hold <= this.#limit) this.wrongful++;
  }

  /** @throws Error when more is admitted than the limit allows; usage above its hold is its own affair */
  begin(hold: Nano): void {
    this.admitted++;
    this.#undecided -= hold;
    this.#open += hold;
    if (this.spent + this.#open - this.above > this.#limit)
      throw new Error(
        `admission is broken: ${this.spent} spent, ${this.#open} open of ${this.#limit}, ${this.above} above holds`,
      );
  }

  end(hold: Nano, used: Nano): void {
    this.#open -= hold;
    this.spent += used;
    this.above += max(0n, used - hold);
  }

  /** @throws Error when a book says anything else than what was */
  mustEqual({ spend, held, overshoot }: { spend: Nano; held: Nano; overshoot: Nano }): void {
    if (spend !== this.spent) throw new Error(`the book says ${spend} spent, really ${this.spent}`);
    if (held !== 0n) throw new Error(`${held} are held when everybody has gone home`);
    if (overshoot !== this.above) throw new Error(`the book says ${overshoot} above holds, really ${this.above}`);
  }
}
