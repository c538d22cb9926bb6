/** A team's rows are split where one in a hundred of its transactions waits longer for them (ms). */
const LONG = 20;
/** By the waits of this long (ms), where there are as many. */
const LATELY = 30_000;
const ENOUGH = 100;

interface Wait {
  at: number;
  ms: number;
}

/** How long this process waits for teams' rows, and which of those it has seen split. Only speed depends on it. */
export class HotRows {
  readonly #longest: number;
  readonly #enough: number;
  readonly #waits = new Map<string, Wait[]>();
  readonly #split = new Map<string, Set<string>>();

  /** @param longest a wait that is too long (ms), and how many waits it takes to say so */
  constructor(longest = LONG, enough = ENOUGH) {
    this.#longest = longest;
    this.#enough = enough;
  }

  /** A transaction has waited so long (ms) for the rows of a team. */
  waited(team: string, ms: number): void {
    const at = performance.now();
    const waits = this.#waits.get(team) ?? [];
    waits.push({ at, ms });
    while (waits.length > this.#enough || at - waits[0]!.at > LATELY) waits.shift();
    this.#waits.set(team, waits);
  }

  /** Whether the rows of a team should be split. */
  areHot(team: string): boolean {
    const waits = this.#waits.get(team) ?? [];
    if (waits.length < this.#enough) return false;
    const sorted = waits.map(({ ms }) => ms).sort((a, b) => a - b);
    return sorted[Math.ceil(0.99 * sorted.length) - 1]! > this.#longest;
  }

  /** Whether a row of this team (and no other's) was split when last seen. */
  isSplit(team: string, key: string): boolean {
    return this.#split.get(team)?.has(key) ?? false;
  }

  learn(team: string, key: string, split: boolean): void {
    const keys = this.#split.get(team) ?? new Set();
    if (split) keys.add(key);
    else keys.delete(key);
    this.#split.set(team, keys);
  }
}
