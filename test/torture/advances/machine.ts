import {
  forceHold,
  freeOf,
  isFinished,
  type MachineAdvance,
  NO_DEMAND,
  newAdvance,
  nextReport,
  openHolds,
  wanted,
  withHold,
} from "../../../src/budget/advance/machine.ts";
import type { Nano } from "../../../src/budget/money.ts";
import type { Clock } from "../../../src/daemon/clock.ts";
import type { SimulatedEndpoint } from "./endpoint.ts";
import { MachineClock } from "./machineClock.ts";
import type { Parts, Reply } from "./parts.ts";
import type { Truth } from "./truth.ts";
import type { World } from "./world.ts";

/** A request: what it sets aside, what it will really cost, how long it takes. */
export interface SimulatedRequest {
  id: string;
  hold: Nano;
  used: Nano;
  duration: number;
}

/** Where a simulation's machines are, and what may reach them. */
export interface Surroundings {
  world: World;
  parts: Parts;
  truth: Truth;
  endpoint: SimulatedEndpoint;
  /** Whether a message between this machine and the endpoint gets through. */
  reachable(machine: number): boolean;
}

/** What happened at a machine, for the log. */
export interface Tally {
  admitted: number;
  /** Of the admitted, those that waited for no message. */
  atOnce: number;
  refused: number;
  whilePartitioned: number;
  /** Of the admitted, those that no advance covered. */
  uncovered: number;
  crashes: number;
  sleeps: number;
  syncs: number;
}

/** One machine: the pure half of an advance, driven as its owner drives it, in a journal that survives crashes. */
export class SimulatedMachine {
  readonly tally: Tally = {
    ...{ admitted: 0, atOnce: 0, refused: 0, whilePartitioned: 0, uncovered: 0 },
    ...{ crashes: 0, sleeps: 0, syncs: 0 },
  };
  readonly #number: number;
  readonly #around: Surroundings;
  /** The journal: every advance not yet home, and its state at its last report. */
  readonly #advances = new Map<string, { state: MachineAdvance; reported: MachineAdvance; acknowledged: number }>();
  #current: string | undefined;
  #opening = false;
  readonly #waiting = new Map<string, SimulatedRequest>();
  readonly #running = new Map<string, { request: SimulatedRequest; advance: string }>();
  readonly #clocks: MachineClock;
  #clock: Clock;
  #demand = NO_DEMAND;
  #up = true;
  /** Rises with every crash: what was under way before does not come back. */
  #life = 0;

  constructor(number: number, around: Surroundings) {
    this.#number = number;
    this.#around = around;
    this.#clocks = new MachineClock(around.world);
    this.#clock = around.parts.clock(this.#clocks);
    this.#everyNowAndThen();
  }

  /** Neither crashed nor asleep. */
  get #works(): boolean {
    return this.#up && this.#clocks.sleepsFor === 0;
  }

  /** Nothing is open and no money is out. */
  get isHome(): boolean {
    return this.#advances.size === 0 && this.#running.size === 0;
  }

  ask(request: SimulatedRequest): void {
    if (!this.#works) return;
    this.#demand = withHold(this.#demand, request.hold, this.#clock.monotone());
    if (this.#start(request)) this.tally.atOnce++;
    else {
      this.#waiting.set(request.id, request);
      this.#seek();
      this.#perhapsGoOn(request);
    }
  }

  /** Every other team (by its seed) lets people go on when the endpoint cannot be reached; the rest is checked without that slack. */
  #perhapsGoOn(request: SimulatedRequest): void {
    const { world, reachable, truth } = this.#around;
    const life = this.#life;
    world.after(5_000, () => {
      const id = this.#current;
      if (life !== this.#life || !this.#works || id === undefined || !this.#waiting.has(request.id)) return;
      if (world.seed % 2 === 0 || reachable(this.#number) || !world.chance(0.2)) return;
      const entry = this.#advances.get(id)!;
      entry.state = forceHold(entry.state, request.id, request.hold);
      truth.beginUncovered(id, request.hold);
      this.tally.uncovered++;
      this.#begin(request, id);
    });
  }

  /** The endpoint's event: money above the cap comes home. */
  recalled(id: string, cap: Nano): void {
    const entry = this.#advances.get(id);
    if (!this.#works || !entry) return;
    entry.state = { ...entry.state, cap };
    this.#sync(id);
  }

  /** Suspended: it does nothing, and its steady clock stands still. */
  sleep(duration: number): void {
    if (!this.#works) return;
    this.tally.sleeps++;
    this.#clocks.sleep(duration);
  }

  setClock(by: number): void {
    this.#clocks.set(by);
  }

  crash(downFor: number): void {
    if (!this.#works) return;
    this.#up = false;
    this.#life++;
    this.tally.crashes++;
    const { world, truth, parts } = this.#around;
    for (const { request, advance } of this.#running.values()) {
      // The provider charges what it had done when the connection broke.
      truth.endUnheard(
        advance,
        request.hold,
        world.chance(0.5) ? request.used : (request.used * BigInt(Math.floor(world.random() * 1000))) / 1000n,
      );
    }
    this.#running.clear();
    this.#waiting.clear();
    this.#current = undefined;
    this.#opening = false;
    this.#demand = NO_DEMAND;
    world.after(downFor, () => {
      this.#up = true;
      this.#clock = parts.clock(this.#clocks);
      for (const [id, entry] of this.#advances) {
        // Deadlines are no part of the journal: a clock of another life says nothing.
        entry.state = { ...parts.restart(entry.state, entry.reported), deadline: 0 };
        this.#check(id);
        this.#sync(id);
      }
      this.#everyNowAndThen();
    });
  }

  /** Goes home for good: everything that is free is given back. */
  leave(): void {
    this.#waiting.clear();
    this.#current = undefined;
    for (const entry of this.#advances.values()) entry.state = { ...entry.state, draining: true };
  }

  #start(request: SimulatedRequest): boolean {
    const { parts, truth, endpoint, reachable } = this.#around;
    const id = this.#current;
    const entry = id === undefined ? undefined : this.#advances.get(id);
    if (id === undefined || !entry || !parts.admits(entry.state, request.hold, this.#clock.monotone())) return false;
    endpoint.mustStillAdmit(id);
    entry.state = parts.placeHold(entry.state, request.id, request.hold, this.#clock.monotone());
    truth.begin(id, request.hold);
    if (!reachable(this.#number)) this.tally.whilePartitioned++;
    this.#begin(request, id);
    if (freeOf(entry.state) < this.#want() / 2n) this.#sync(id);
    return true;
  }

  #begin(request: SimulatedRequest, advance: string): void {
    this.#waiting.delete(request.id);
    this.#running.set(request.id, { request, advance });
    this.tally.admitted++;
    this.#check(advance);
    this.#around.world.after(request.duration, () => this.#finish(request));
  }

  #finish(request: SimulatedRequest): void {
    const running = this.#running.get(request.id);
    if (!running) return;
    const { parts, truth, world } = this.#around;
    // Asleep, it hears of it when it wakes.
    if (this.#clocks.sleepsFor > 0) {
      world.after(this.#clocks.sleepsFor, () => this.#finish(request));
      return;
    }
    const entry = this.#advances.get(running.advance)!;
    this.#running.delete(request.id);
    truth.end(running.advance, request.hold, request.used);
    entry.state = parts.settleHold(entry.state, request.id, request.used);
    this.#check(running.advance);
    if (entry.state.draining) this.#sync(running.advance);
  }

  /** I1 and I6 at the endpoint, and that this machine's own books know of all that was spent, and that no return covers an open hold (I4). */
  #check(id: string): void {
    const { world, truth, endpoint } = this.#around;
    const { state } = this.#advances.get(id)!;
    endpoint.mustCover(id);
    endpoint.mustOutlast(id, state.deadline - this.#clock.monotone());
    if (state.spent + openHolds(state) < truth.knownOf(id) + truth.runningOf(id))
      world.broken("I1 (the machine's own book)", `${id}: ${state.spent} and ${openHolds(state)} open, really more`);
    if (freeOf(state) < -truth.aboveOf(id)) world.broken("I4 (a return covers no open hold)", `${id}: ${freeOf(state)} free`);
  }

  #want(): Nano {
    return wanted(this.#demand, "usd", this.#clock.monotone());
  }

  /** Asks for what is waiting: by the current advance, or by a new one. */
  #seek(): void {
    if (this.#current !== undefined) this.#sync(this.#current);
    else if (!this.#opening) this.#open();
  }

  #open(): void {
    this.#opening = true;
    const { world, endpoint } = this.#around;
    this.#call(
      () => endpoint.open(this.#number),
      ({ id, keys }) => {
        this.#opening = false;
        if (this.#current !== undefined || this.#advances.has(id)) return;
        const fresh = newAdvance(id, "usd", keys);
        this.#advances.set(id, { state: fresh, reported: fresh, acknowledged: 0 });
        this.#current = id;
        this.#sync(id);
      },
    );
    // Lost: the next heartbeat asks again.
    const life = this.#life;
    world.after(10_000, () => {
      if (life === this.#life) this.#opening = false;
    });
  }

  #sync(id: string): void {
    const entry = this.#advances.get(id);
    if (!this.#works || !entry) return;
    const { parts, endpoint } = this.#around;
    const isCurrent = id === this.#current;
    const want = isCurrent ? this.#want() : 0n;
    const returnedBefore = entry.reported.returned;
    entry.state = nextReport(parts.giveBack(entry.state, want));
    entry.reported = entry.state;
    this.tally.syncs++;
    const { seq, granted, spent, returned } = entry.state;
    const report = {
      seq,
      granted,
      spent,
      returned,
      returnedSince: returned - returnedBefore,
      open: openHolds(entry.state),
      needs: isCurrent ? [...this.#waiting.values()].map((request) => ({ id: request.id, amount: request.hold })) : [],
      want,
    };
    this.#check(id);
    const sentAt = this.#clock.monotone();
    this.#call(
      () => endpoint.sync(id, report),
      (reply) => this.#answered(id, reply, sentAt),
    );
  }

  #answered(id: string, reply: Reply, sentAt: number): void {
    const entry = this.#advances.get(id);
    if (!entry) return;
    entry.state = this.#around.parts.mergeReply(entry.state, reply, sentAt, this.#clock.monotone());
    entry.acknowledged = Math.max(entry.acknowledged, reply.seq);
    this.#check(id);
    for (const request of reply.refused) {
      if (this.#waiting.delete(request)) this.tally.refused++;
    }
    if (entry.state.draining && this.#current === id) this.#current = undefined;
    for (const request of [...this.#waiting.values()]) this.#start(request);
    if (this.#waiting.size > 0) this.#soon();
    if (isFinished(entry.state) && isQuiet(entry)) this.#advances.delete(id);
    else if (entry.state.draining && freeOf(entry.state) > 0n) this.#sync(id);
  }

  /** A reply that merely does not fit is no refusal: ask again. */
  #soon(): void {
    const life = this.#life;
    this.#around.world.after(300, () => {
      if (life === this.#life && this.#works && this.#waiting.size > 0) this.#seek();
    });
  }

  /** One exchange with the endpoint over the bad network; the answer is dropped when this machine has crashed meanwhile. */
  #call<T>(atEndpoint: () => T, answered: (reply: T) => void): void {
    const { world, reachable } = this.#around;
    const life = this.#life;
    const open = () => reachable(this.#number) && this.#clocks.sleepsFor === 0;
    world.send(open, () => {
      const reply = atEndpoint();
      world.send(open, () => {
        if (this.#works && life === this.#life) answered(reply);
      });
    });
  }

  /** The heartbeat: reports, retries, sends home what is draining. */
  #everyNowAndThen(): void {
    const life = this.#life;
    const { world } = this.#around;
    const beat = () => {
      if (life !== this.#life) return;
      for (const id of [...this.#advances.keys()]) {
        if (id === this.#current && isQuiet(this.#advances.get(id)!)) continue;
        this.#sync(id);
      }
      if (this.#waiting.size > 0) this.#seek();
      world.after(world.between(10_000, 30_000), beat);
    };
    world.after(world.between(1_000, 20_000), beat);
  }
}

/** Nothing has changed since the last report that was answered. */
function isQuiet({
  state,
  reported,
  acknowledged,
}: {
  state: MachineAdvance;
  reported: MachineAdvance;
  acknowledged: number;
}): boolean {
  return acknowledged === state.seq && state.spent === reported.spent;
}
