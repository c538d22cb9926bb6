import type { Clock } from "./clock.ts";

/** How often the daemon does what is due without anything having happened; much later than that, the machine has slept (ms). */
const EVERY = 30_000;
const SLEPT = 30_000;

export interface HeartbeatHooks {
  /** Some 30 s have passed. */
  beat(): void;
  /** The machine has slept: connections are dead now, whatever they look like. */
  woken(): void;
}

/** The one timer of an idle daemon. */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout;

  constructor(clock: Clock, { beat, woken }: HeartbeatHooks) {
    let last = clock.wall();
    this.#timer = setInterval(() => {
      const now = clock.wall();
      if (now - last > EVERY + SLEPT) woken();
      last = now;
      beat();
    }, EVERY).unref();
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}
