import type { World } from "../../torture/advances/world.ts";

/** The workload that the sizes of advances were chosen for: what requests cost, and how they come. */

/** One turn in fifty fans out to so many sub-agents, each with so many requests one after the other. */
const FAN_OUT = { chance: 0.02, agents: 20, requests: 6 };
export const REQUESTS_A_TURN = 1 + FAN_OUT.chance * FAN_OUT.agents * FAN_OUT.requests;

/** Mean cost in dollars: log-normal with the median 0.025, cut at 0.002 and 3. */
export const MEAN_COST = 0.055;

/** A request: its cost and its hold in dollars, and how long it takes (ms). */
export interface Asked {
  cost: number;
  hold: number;
  lasts: number;
}

export function askedFor(world: World): Asked {
  const cost = Math.min(3, Math.max(0.002, world.logNormal(0.025, 1.256)));
  return { cost, hold: cost * world.between(1.2, 5), lasts: world.between(2_000, 20_000) };
}

/** One turn: `ask` for each of its requests, which calls back at the request's end. */
export function turnOf(world: World, ask: (then: () => void) => void): void {
  ask(() => {});
  if (!world.chance(FAN_OUT.chance)) return;
  for (let agent = 0; agent < FAN_OUT.agents; agent++) {
    const next = (left: number) => {
      if (left > 0) ask(() => next(left - 1));
    };
    next(FAN_OUT.requests);
  }
}
