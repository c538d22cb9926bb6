import { ONE } from "../../../src/budget/money.ts";
import { SimulatedEndpoint } from "./endpoint.ts";
import { SimulatedMachine, type Tally } from "./machine.ts";
import { type Parts, RIGHT } from "./parts.ts";
import { Truth } from "./truth.ts";
import { World } from "./world.ts";

const MINUTE = 60_000;
export const MACHINES = 5;
/** Simulated time of faults; afterwards the world heals. */
const FAULTY = 20 * MINUTE;
/** Days are short here: the developers' allowances begin anew in the middle. */
export const MIDNIGHT = 10 * MINUTE;
const HEALING = 8 * MINUTE;
export const TEAM = "team|month";

/** Workload: median cost $0.025, a hold 1.2-5 times the cost, one turn in 50 fans out. */
const EVERY = 5_000;

/** What a seed came to: how often what happened, and the endpoint as it is at the end, with all that it went through. */
export interface Simulated {
  tally: Tally;
  endpoint: SimulatedEndpoint;
}

/**
 * One seed: machines of one team spend through loss, duplicates, delays, partitions, crashes, outages, changed limits and a
 * midnight, with every promise checked at every step; then the world heals, everybody goes home, and the books must balance.
 * @throws Broken when a promise is
 */
export function simulate(seed: number, wrong: Partial<Parts> = {}): Simulated {
  const world = new World(seed, { loss: 0.05, duplicates: 0.05, delayed: 0.05, longestDelay: 8_000 });
  const parts = { ...RIGHT, ...wrong };
  const truth = new Truth(world);
  // The team's pool last, as the endpoint locks it.
  const keysOf = (machine: number) => [`dev${machine}|${world.now < MIDNIGHT ? 1 : 2}`, TEAM];
  const endpoint = new SimulatedEndpoint(world, parts, truth, keysOf);
  const cutOff = Array.from({ length: MACHINES }, () => 0);
  let outageUntil = 0;
  const dollars = (low: number, high: number) => (BigInt(Math.round(world.between(low, high) * 100)) * ONE) / 100n;
  endpoint.addPeriod(TEAM, dollars(30, 90), FAULTY + 2 * HEALING);
  for (let i = 0; i < MACHINES; i++) {
    endpoint.addPeriod(`dev${i}|1`, dollars(6, 20), MIDNIGHT, `dev${i}|2`);
    endpoint.addPeriod(`dev${i}|2`, dollars(6, 20), FAULTY + 2 * HEALING);
  }
  const around = {
    world,
    parts,
    truth,
    endpoint,
    reachable: (machine: number) => world.now >= outageUntil && world.now >= cutOff[machine]!,
  };
  const machines = cutOff.map((_, number) => new SimulatedMachine(number, around));

  /** Calls `event` at random instants, on average every `mean` ms, until the faults end. */
  const often = (mean: number, event: () => void) => {
    const next = () =>
      world.after(world.waiting(mean), () => {
        if (world.now >= FAULTY) return;
        event();
        next();
      });
    next();
  };
  const anybody = () => Math.floor(world.random() * MACHINES);

  let requests = 0;
  for (const machine of machines) {
    often(EVERY, () => {
      const parallel = world.chance(0.02) ? 10 : 1;
      for (let i = 0; i < parallel; i++) {
        const cost = Math.min(3, Math.max(0.002, world.logNormal(0.025, 1.25)));
        const hold = cost * world.between(1.2, 5);
        // One in fifty costs more than was held: the one overshoot there is.
        const used = world.chance(0.02) ? hold * world.between(1, 2) : cost;
        machine.ask({ id: `r${requests++}`, hold: micro(hold), used: micro(used), duration: world.between(1_000, 30_000) });
      }
    });
    often(4 * MINUTE, () => machine.crash(world.between(1_000, 20_000)));
    often(8 * MINUTE, () => machine.sleep(world.between(5_000, 4 * MINUTE)));
    often(5 * MINUTE, () => machine.setClock(world.between(-10 * MINUTE, 10 * MINUTE)));
  }
  often(MINUTE, () => {
    cutOff[anybody()] = world.now + world.between(5_000, 4 * MINUTE);
  });
  often(6 * MINUTE, () => {
    outageUntil = world.now + world.between(2_000, 60_000);
  });
  often(2 * MINUTE, () => {
    const key = world.chance(0.5) ? TEAM : keysOf(anybody())[0]!;
    const { pool } = endpoint.periods.get(key)!;
    tell(endpoint.setLimit(key, (pool.limit * BigInt(Math.round(world.between(40, 130)))) / 100n));
  });
  often(MINUTE, () => tell(endpoint.recall(TEAM)));
  often(3 * MINUTE, () => {
    // Its next advance is opened with a new token.
    endpoint.revoke(anybody());
  });
  often(2_000, () => endpoint.expire());
  often(10_000, () => endpoint.mustAddUp());

  function tell(recalls: { id: string; machine: number; cap: bigint }[]): void {
    for (const { id, machine, cap } of recalls) {
      world.send(
        () => around.reachable(machine),
        () => machines[machine]!.recalled(id, cap),
      );
    }
  }

  world.run(FAULTY);
  heal();
  world.run(FAULTY + HEALING);
  balance();
  return { tally: machines.map(({ tally }) => tally).reduce(sum), endpoint };

  function heal(): void {
    outageUntil = 0;
    cutOff.fill(0);
    Object.assign(world.weather, { loss: 0, duplicates: 0, delayed: 0 });
    // After the longest crash, every machine that was down is up again.
    for (const delay of [0, 30_000]) {
      world.after(delay, () => {
        for (const machine of machines) machine.leave();
      });
    }
  }

  /** When everybody is home: nothing is held, and what the books call spent is at least what was. */
  function balance(): void {
    endpoint.mustAddUp();
    machines.forEach((machine, number) => {
      if (!machine.isHome) world.broken("everybody comes home", `machine ${number} still has money out`);
    });
    for (const [key, { pool }] of endpoint.periods)
      if (pool.held !== 0n) world.broken("everything comes home", `${key} still holds ${pool.held}`);
    for (const id of endpoint.accounts.keys()) {
      const { spent } = endpoint.accounts.get(id)!.advance;
      if (spent < truth.knownOf(id)) world.broken("all that was spent is booked", `${id}: ${spent} of ${truth.knownOf(id)}`);
    }
  }
}

export function sum(a: Tally, b: Tally): Tally {
  return Object.fromEntries(Object.entries(a).map(([name, count]) => [name, count + b[name as keyof Tally]])) as unknown as Tally;
}

function micro(dollars: number): bigint {
  return BigInt(Math.ceil(dollars * 1e6)) * 1000n;
}
