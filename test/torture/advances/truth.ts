import { max, type Nano } from "../../../src/budget/money.ts";
import type { World } from "./world.ts";

/** What was really spent and is being spent, kept apart from every book. */
export class Truth {
  readonly #world: World;
  /** By advance. */
  readonly #spent = new Map<string, Nano>();
  readonly #running = new Map<string, Nano>();
  /** Usage above holds, and all of what was sent beyond the advance because nobody could be asked. */
  readonly #above = new Map<string, Nano>();
  /** Of it, what a crashed machine never heard of. */
  readonly #unheard = new Map<string, Nano>();

  constructor(world: World) {
    this.#world = world;
  }

  spentOf(advance: string): Nano {
    return this.#spent.get(advance) ?? 0n;
  }
  runningOf(advance: string): Nano {
    return this.#running.get(advance) ?? 0n;
  }
  aboveOf(advance: string): Nano {
    return this.#above.get(advance) ?? 0n;
  }

  /** What a machine can know to have been spent. */
  knownOf(advance: string): Nano {
    return this.spentOf(advance) - (this.#unheard.get(advance) ?? 0n);
  }

  /** A request is on its way to the provider, and will cost at most its hold, or (named as such) more. */
  begin(advance: string, hold: Nano): void {
    this.#running.set(advance, this.runningOf(advance) + hold);
  }

  /** A request goes out although the advance does not cover it: the policy allows that while the endpoint cannot be reached. */
  beginUncovered(advance: string, hold: Nano): void {
    this.begin(advance, hold);
    this.#above.set(advance, this.aboveOf(advance) + hold);
  }

  /** The provider has charged it. */
  end(advance: string, hold: Nano, used: Nano): void {
    this.#running.set(advance, this.runningOf(advance) - hold);
    this.#spent.set(advance, this.spentOf(advance) + used);
    this.#above.set(advance, this.aboveOf(advance) + max(0n, used - hold));
  }

  /** The provider has charged it, but its machine has crashed and will never hear what. */
  endUnheard(advance: string, hold: Nano, used: Nano): void {
    this.end(advance, hold, used);
    this.#unheard.set(advance, (this.#unheard.get(advance) ?? 0n) + max(0n, used - hold));
  }

  /** I1: the endpoint's book covers the truth of an advance, but for usage above its holds. */
  mustBeCovered(advance: string, book: { granted: Nano; spent: Nano; returned: Nano }): void {
    const real = this.spentOf(advance) + this.runningOf(advance);
    const covered = max(book.granted - book.returned, book.spent) + this.aboveOf(advance);
    if (real > covered) this.#world.broken("I1 (truth <= book)", `${advance}: really ${real}, in the book ${covered}`);
  }
}
