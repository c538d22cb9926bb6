import {
  type Advance,
  applySync,
  capOf,
  EMPTY_ADVANCE,
  heldOf,
  type Pool,
  sharingOf,
} from "../../../src/budget/advance/endpoint.ts";
import { callHome, hasFarMore, isNearEnd, PARKED_FOR } from "../../../src/budget/advance/recall.ts";
import { max, type Nano, ONE } from "../../../src/budget/money.ts";
import { World } from "../../torture/advances/world.ts";
import { MEAN_COST } from "./requests.ts";
import { WorkingMachine } from "./workingMachine.ts";

/** One team in virtual time, under the workload that the sizes of advances were chosen for. */
export interface Workload {
  machines: number;
  /** Seconds of virtual time. */
  seconds: number;
  /** Requests per second of each machine, sub-agents included; a fully active one makes 0.18. */
  rate: number;
  /** Seconds before anything is counted: what is cold must ask. */
  warm?: number;
  /** What the team may spend: so much of what it asks for; undefined for more than enough. */
  share?: number;
}

export interface WorkloadResult {
  admitted: number;
  refused: number;
  /** Of the admitted, those that waited for nobody. */
  atOnce: number;
  calls: number;
  /** Of the limit, what lay free in advances when somebody was refused for the first time. */
  stranded: number;
  /** Of the limit, the largest free amount of one machine at that moment. */
  largest: number;
  /** Of the requests, those refused though nobody used or had set aside the money. */
  wrongful: number;
  /** Of the limit, what was spent in the end. */
  used: number;
  /** Jain's index over the machines' shares of requests that were admitted, of those asked while there was money for them. */
  fairness: number;
}

const FREE_KNOWN_FOR = 1_000;
const MOST_RECALLED = 50;
const MOST_PUSHED = 500;

/** The endpoint with one pool: every message is one call. */
export class WorkingEndpoint {
  readonly world: World;
  pool: Pool;
  readonly machines: WorkingMachine[] = [];
  readonly advances: Advance[] = [];
  calls = 0;
  /** Really spent, and set aside for requests that are under way. */
  spent = 0n;
  open = 0n;
  /** Granted for requests whose machines have not heard of it. */
  underway = 0n;
  stranded = 0;
  largest = 0;
  wrongful = 0;
  #refusedOnce = false;
  /** What lies free in advances, where some does, as machines last said. */
  readonly #free = new Map<number, Nano>();
  /** The sum of it. */
  #known = { at: Number.NEGATIVE_INFINITY, free: 0n };
  #pushedAt = Number.NEGATIVE_INFINITY;
  readonly #parked = new Set<() => void>();

  constructor(world: World, limit: Nano) {
    this.world = world;
    this.pool = { key: "pool", limit, spend: 0n, held: 0n };
  }

  /** Merges a message; the answer waits while money is on its way that would do. */
  sync(
    machine: number,
    report: Parameters<typeof applySync>[2],
    answer: (granted: Nano, cap: Nano, refused: string[]) => void,
  ): void {
    this.calls++;
    const until = this.world.now + PARKED_FOR;
    const attempt = (): void => {
      const cap = this.#cap();
      const was = this.advances[machine] ?? EMPTY_ADVANCE;
      const outcome = applySync(was, [this.pool], report, { cap, close: false });
      this.advances[machine] = outcome.advance;
      this.#note(machine, max(0n, heldOf(outcome.advance) - outcome.advance.open));
      this.pool = outcome.pools[0]!;
      if (outcome.advance.returned > was.returned) this.#wake();
      this.#pushCap();
      const short = outcome.refused.map(({ id, remaining }) => report.needs.find((need) => need.id === id)!.amount - remaining);
      if (short.length > 0 && this.world.now < until && this.#recall(machine, short.reduce(max))) {
        this.#park(attempt, until);
        return;
      }
      answer(
        outcome.advance.granted,
        cap,
        outcome.refused.map(({ id }) => id),
      );
    };
    attempt();
  }

  /** Whether so much is neither spent nor set aside. */
  hasFor(hold: Nano): boolean {
    return this.spent + this.open + this.underway + hold <= this.pool.limit;
  }

  refused(hold: Nano): void {
    if (this.hasFor(hold)) this.wrongful++;
    if (this.#refusedOnce) return;
    this.#refusedOnce = true;
    const free = this.machines.map((machine) => Number(machine.free));
    this.stranded = free.reduce((sum, amount) => sum + amount, 0) / Number(this.pool.limit);
    this.largest = free.reduce((most, amount) => Math.max(most, amount), 0) / Number(this.pool.limit);
  }

  #cap(): Nano {
    return capOf([sharingOf(this.pool, { free: this.#freeInAll(), machines: this.machines.length })], "usd");
  }

  #note(machine: number, free: Nano): void {
    if (free > 0n) this.#free.set(machine, free);
    else this.#free.delete(machine);
  }

  /** Summed up once a second, as an endpoint does; who holds it is read whenever it is called home. */
  #freeInAll(): Nano {
    if (this.world.now - this.#known.at >= FREE_KNOWN_FOR)
      this.#known = { at: this.world.now, free: this.#free.values().reduce((sum, free) => sum + free, 0n) };
    return this.#known.free;
  }

  /** Who has money free, the largest first. */
  #holders(): { machine: number; free: Nano }[] {
    return Array.from(this.#free, ([machine, free]) => ({ machine, free })).sort((a, b) => (a.free < b.free ? 1 : -1));
  }

  /** Asks the richest for twice what is short; whether that much may come. */
  #recall(asking: number, short: Nano): boolean {
    const holders = this.#holders().filter(({ machine }) => machine !== asking);
    const { called, covers } = callHome(holders.slice(0, MOST_RECALLED), short);
    for (const { machine } of called) this.#tell(machine, 0n);
    return covers;
  }

  /** Near the end of the limit who has much more than a share is told at once. */
  #pushCap(): void {
    if (!isNearEnd(this.pool) || this.world.now - this.#pushedAt < 1_000) return;
    this.#pushedAt = this.world.now;
    const cap = this.#cap();
    const holders = this.#holders().filter((holder) => hasFarMore(holder, cap));
    for (const { machine } of holders.slice(0, MOST_PUSHED)) this.#tell(machine, cap);
  }

  #tell(machine: number, cap: Nano): void {
    this.world.after(this.world.between(10, 100), () => this.machines[machine]!.recalled(cap));
  }

  #park(attempt: () => void, until: number): void {
    const go = () => {
      if (this.#parked.delete(go)) attempt();
    };
    this.#parked.add(go);
    this.world.after(until - this.world.now, go);
  }

  #wake(): void {
    for (const go of this.#parked) this.world.after(1, go);
  }
}

/** Dollars that the team may spend: `share` of what it will ask for. */
export function limitFor({ machines, seconds, rate, share = 1 }: Workload): number {
  return machines * seconds * rate * MEAN_COST * share;
}

export function simulateWorkload({ machines, seconds, rate, warm = 0, share }: Workload, seed: number): WorkloadResult {
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const limit =
    share === undefined ? 1_000_000_000n * ONE : BigInt(Math.round(limitFor({ machines, seconds, rate, share }) * 1e6)) * 1000n;
  const endpoint = new WorkingEndpoint(world, limit);
  for (let i = 0; i < machines; i++) endpoint.machines.push(new WorkingMachine(i, endpoint, rate));
  world.run(warm * 1000);
  endpoint.calls = 0;
  for (const machine of endpoint.machines) machine.forget();
  world.run((warm + seconds) * 1000);
  const sum = (of: (machine: WorkingMachine) => number) => endpoint.machines.reduce((total, machine) => total + of(machine), 0);
  const shares = endpoint.machines.flatMap(({ fair }) => (fair.asked > 0 ? [fair.admitted / fair.asked] : []));
  const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const [admitted, refused] = [sum((one) => one.admitted), sum((one) => one.refused)];
  return {
    ...{ admitted, refused, atOnce: sum((one) => one.atOnce), calls: endpoint.calls },
    ...{ stranded: endpoint.stranded, largest: endpoint.largest, wrongful: endpoint.wrongful / (admitted + refused) },
    used: Number(endpoint.spent) / Number(limit),
    fairness: total(shares) ** 2 / (shares.length * total(shares.map((one) => one * one))),
  };
}
