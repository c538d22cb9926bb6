/** Virtual time, chance and a bad network: everything in a simulation follows from its seed. */

/** A fault that a simulation found: which promise was broken, when, and how to see it again. */
export class Broken extends Error {
  override name = "Broken";
}

/** How bad the world is: shares of messages, and milliseconds. */
export interface Weather {
  loss: number;
  duplicates: number;
  /** Share of messages that take up to `longestDelay` instead of 20-200 ms. */
  delayed: number;
  longestDelay: number;
}

export class World {
  now = 0;
  readonly seed: number;
  readonly weather: Weather;
  #state: number;
  readonly #queue: { at: number; order: number; run: () => void }[] = [];
  #order = 0;

  constructor(seed: number, weather: Weather) {
    this.seed = seed;
    this.weather = weather;
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1) (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  /** A waiting time of a Poisson process with this mean. */
  waiting(mean: number): number {
    return -mean * Math.log(1 - this.random());
  }

  /** A log-normal number with this median. */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
    return median * Math.exp(sigma * normal);
  }

  /** Time passes in whole milliseconds, as an endpoint's does. */
  after(delay: number, run: () => void): void {
    const event = { at: Math.ceil(this.now + delay), order: this.#order++, run };
    let i = this.#queue.length;
    this.#queue.push(event);
    // A binary heap by time, then by order.
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, this.#queue[parent]!)) break;
      this.#queue[i] = this.#queue[parent]!;
      i = parent;
    }
    this.#queue[i] = event;
  }

  /** Sends a message through the network: it may be lost, doubled, late or overtaken. `reachable` is asked on sending and on arrival. */
  send(reachable: () => boolean, deliver: () => void): void {
    const copies = this.chance(this.weather.duplicates) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (!reachable() || this.chance(this.weather.loss)) continue;
      const delay = this.chance(this.weather.delayed) ? this.between(200, this.weather.longestDelay) : this.between(20, 200);
      this.after(delay, () => {
        if (reachable()) deliver();
      });
    }
  }

  /** Lets everything happen up to `end`. */
  run(end: number): void {
    for (;;) {
      const next = this.#queue[0];
      if (!next || next.at > end) break;
      this.#removeFirst();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  broken(promise: string, details: string): never {
    throw new Broken(`${promise} is broken at ${(this.now / 1000).toFixed(3)} s: ${details} (seed ${this.seed})`);
  }

  #removeFirst(): void {
    const last = this.#queue.pop()!;
    if (this.#queue.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.#queue.length) break;
      if (child + 1 < this.#queue.length && isBefore(this.#queue[child + 1]!, this.#queue[child]!)) child++;
      if (!isBefore(this.#queue[child]!, last)) break;
      this.#queue[i] = this.#queue[child]!;
      i = child;
    }
    this.#queue[i] = last;
  }
}

function isBefore(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
