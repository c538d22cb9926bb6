import {
  admits,
  freeOf,
  giveBack,
  keepOf,
  mergeReply,
  NO_DEMAND,
  newAdvance,
  nextReport,
  openHolds,
  placeHold,
  settleHold,
  wanted,
  withHold,
} from "../../../src/budget/advance/machine.ts";
import { max, type Nano } from "../../../src/budget/money.ts";
import { askedFor, REQUESTS_A_TURN, turnOf } from "./requests.ts";
import type { WorkingEndpoint } from "./workload.ts";

/** As the daemon has them (ms). */
const TELL_AFTER = 5_000;
const TELL_EVERY = 45_000;
const HEARTBEAT = 60_000;
const TTL = 600;

interface Waiting {
  hold: Nano;
  cost: Nano;
  /** How long it takes (ms). */
  lasts: number;
  /** There was money for it when it came. */
  fair: boolean;
  then: () => void;
}

/** A machine at work, with one advance, driven as the daemon drives its own. */
export class WorkingMachine {
  admitted = 0;
  refused = 0;
  atOnce = 0;
  /** Of the requests for which there was money when they came. */
  readonly fair = { asked: 0, admitted: 0 };
  readonly #number: number;
  readonly #endpoint: WorkingEndpoint;
  #advance = newAdvance("a", "usd", ["pool"]);
  #demand = NO_DEMAND;
  #requests = 0;
  #talking = false;
  #dirty = false;
  /** What is not told yet is to be told now. */
  #due = false;
  #telling = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  readonly #needs = new Map<string, Waiting>();

  constructor(number: number, endpoint: WorkingEndpoint, rate: number) {
    this.#number = number;
    this.#endpoint = endpoint;
    const { world } = endpoint;
    const pause = (1000 * REQUESTS_A_TURN) / rate;
    const turn = () => {
      turnOf(world, (then) => this.#ask(then));
      world.after(world.waiting(pause), turn);
    };
    world.after(world.waiting(pause), turn);
    const beat = () => {
      if (this.#dirty || freeOf(this.#advance) > keepOf(this.#advance, this.#want())) this.#talk();
      world.after(HEARTBEAT, beat);
    };
    world.after(world.between(0, HEARTBEAT), beat);
  }

  get busy() {
    return this.#talking;
  }
  get free(): Nano {
    return max(0n, freeOf(this.#advance));
  }

  /** Counts from now on. */
  forget(): void {
    Object.assign(this, { admitted: 0, refused: 0, atOnce: 0 });
    Object.assign(this.fair, { asked: 0, admitted: 0 });
  }

  recalled(cap: Nano): void {
    this.#advance = { ...this.#advance, cap };
    this.#dirty = true;
    this.#talk();
  }

  #ask(then: () => void): void {
    const { world } = this.#endpoint;
    const asked = askedFor(world);
    const hold = nano(asked.hold);
    const request = { cost: nano(asked.cost), hold, lasts: asked.lasts, fair: this.#endpoint.hasFor(hold), then };
    if (request.fair) this.fair.asked++;
    this.#demand = withHold(this.#demand, request.hold, world.now);
    const id = `${this.#requests++}`;
    if (this.#needs.size === 0 && this.#start(id, request)) {
      this.atOnce++;
      if (freeOf(this.#advance) < this.#want() / 2n) this.#talk();
    } else {
      this.#needs.set(id, request);
      this.#talk();
    }
  }

  #start(id: string, { hold, cost, lasts, fair, then }: Waiting): boolean {
    const { world } = this.#endpoint;
    if (!admits(this.#advance, hold, world.now)) return false;
    this.#advance = placeHold(this.#advance, id, hold, world.now);
    this.#endpoint.open += hold;
    this.admitted++;
    if (fair) this.fair.admitted++;
    world.after(lasts, () => {
      this.#endpoint.open -= hold;
      this.#endpoint.spent += cost;
      this.#advance = settleHold(this.#advance, id, cost);
      this.#settled();
      then();
    });
    return true;
  }

  #settled(): void {
    this.#dirty = true;
    const { cap } = this.#advance;
    if (cap !== undefined && freeOf(this.#advance) > cap) this.#talk();
    if (this.#telling) return;
    this.#telling = true;
    const pause = Math.max(TELL_AFTER, this.#toldAt + TELL_EVERY - this.#endpoint.world.now);
    this.#endpoint.world.after(pause, () => {
      this.#telling = false;
      if (this.#dirty) this.#talk();
    });
  }

  #want(): Nano {
    return wanted(this.#demand, "usd", this.#endpoint.world.now);
  }

  /** One message at a time, each with all that waits. */
  #talk(): void {
    this.#due = true;
    if (this.#talking) return;
    this.#talking = true;
    this.#dirty = false;
    this.#due = false;
    const { world } = this.#endpoint;
    const want = this.#want();
    this.#advance = nextReport(giveBack(this.#advance, want));
    const { seq, granted, spent, returned } = this.#advance;
    const asked = [...this.#needs];
    const needs = asked.map(([id, { hold }]) => ({ id, amount: hold }));
    const report = { seq, granted, spent, returned, open: openHolds(this.#advance), needs, want };
    const sentAt = world.now;
    this.#toldAt = sentAt;
    const way = () => world.between(10, 100);
    world.after(way(), () =>
      this.#endpoint.sync(this.#number, report, (grantedNow, cap, refused) => {
        const underway = asked.reduce((sum, [id, { hold }]) => (refused.includes(id) ? sum : sum + hold), 0n);
        this.#endpoint.underway += underway;
        world.after(way(), () => {
          this.#endpoint.underway -= underway;
          this.#talking = false;
          this.#advance = mergeReply(this.#advance, { granted: grantedNow, cap, ttl: TTL }, sentAt);
          this.#decide(asked, new Set(refused));
          if (freeOf(this.#advance) > cap) this.#dirty = this.#due = true;
          if (this.#needs.size > 0 || (this.#due && this.#dirty)) this.#talk();
        });
      }),
    );
  }

  #decide(asked: readonly [string, Waiting][], refused: ReadonlySet<string>): void {
    // What was granted is set aside before it is asked whether there was money for what was not.
    for (const [id, request] of asked) if (!refused.has(id) && this.#start(id, request)) this.#needs.delete(id);
    const no = asked.filter(([id]) => refused.has(id));
    for (const [id, { hold }] of no) {
      this.#endpoint.refused(hold);
      this.refused++;
      this.#needs.delete(id);
    }
    for (const [, { then }] of no) then(); // may ask, so all must be decided
  }
}

function nano(dollars: number): Nano {
  return BigInt(Math.ceil(dollars * 1e6)) * 1000n;
}
