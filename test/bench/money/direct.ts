import { World } from "../../torture/advances/world.ts";
import { type Asked, askedFor, REQUESTS_A_TURN, turnOf } from "./requests.ts";
import { limitFor, type Workload } from "./workload.ts";

/** What an endpoint does that is asked for every request, and told of its end. Dollars: it is a yardstick, no ledger. */
export interface DirectResult {
  admitted: number;
  refused: number;
  /** Of the requests, those refused though nobody used or had set aside the money: it was on its way home. */
  wrongful: number;
}

/** The workload without advances: each request asks, waits, and settles, in a message each. */
export function simulateDirect(workload: Workload, seed: number): DirectResult {
  const { machines, seconds, rate } = workload;
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const most = limitFor(workload);
  const result = { admitted: 0, refused: 0, wrongful: 0 };
  let left = most;
  let used = 0;
  const way = () => world.between(10, 100);
  const ask = (then: () => void) => {
    const { cost, hold, lasts }: Asked = askedFor(world);
    const refuse = () => {
      result.refused++;
      if (used + hold <= most) result.wrongful++;
      then();
    };
    const finish = () => {
      used -= hold - cost;
      world.after(way(), () => {
        left += hold - cost;
      });
      then();
    };
    world.after(way(), () => {
      if (left < hold) return world.after(way(), refuse);
      left -= hold;
      used += hold;
      result.admitted++;
      world.after(way() + lasts, finish);
    });
  };
  for (let machine = 0; machine < machines; machine++) {
    const pause = () => world.waiting((1000 * REQUESTS_A_TURN) / rate);
    const turn = () => {
      turnOf(world, ask);
      world.after(pause(), turn);
    };
    world.after(pause(), turn);
  }
  world.run(seconds * 1000);
  return { ...result, wrongful: result.wrongful / (result.admitted + result.refused) };
}
