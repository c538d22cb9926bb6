import type { Readings } from "../../../src/daemon/clock.ts";
import type { World } from "./world.ts";

/** A machine's clocks: the wall clock is set forward and back, the steady one stands still while the machine sleeps. */
export class MachineClock implements Readings {
  readonly #world: World;
  #setBy = 0;
  #slept = 0;
  #wakesAt = 0;

  constructor(world: World) {
    this.#world = world;
  }

  readonly wall = () => this.#world.now + this.#setBy;
  readonly steady = () => this.#world.now - this.#slept + this.sleepsFor;
  readonly uptime = () => this.#world.now;

  /** For how long (ms) it goes on to sleep; 0 while awake. */
  get sleepsFor(): number {
    return Math.max(0, this.#wakesAt - this.#world.now);
  }

  set(by: number): void {
    this.#setBy += by;
  }

  sleep(duration: number): void {
    if (this.sleepsFor > 0) return;
    this.#slept += duration;
    this.#wakesAt = this.#world.now + duration;
  }
}
