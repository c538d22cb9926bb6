import type { Nano } from "../money.ts";
import { leftOf, type Pool } from "./endpoint.ts";

/**
 * When and from whom an endpoint calls money home that lies free in other machines' advances. No promise hangs on it: what was called counts
 * as held until its machine has said that it is back.
 */

/** Free money in a machine's advance (nano of its unit). */
export interface Holder {
  free: Nano;
}

/**
 * Whom to call where so much is short: the first of `holders`, who are the largest, until twice that is on its way. `covers`: as much as is
 * short may come, so that who asked waits a moment instead of being refused.
 */
export function callHome<H extends Holder>(holders: readonly H[], short: Nano): { called: H[]; covers: boolean } {
  const called: H[] = [];
  let found = 0n;
  for (const holder of holders) {
    if (found >= 2n * short) break;
    found += holder.free;
    called.push(holder);
  }
  return { called, covers: found >= short };
}

/**
 * For how long a message waits (ms): what was called is here by then, as a round trip takes up to 200 ms. A machine says one thing at a time,
 * so what its requests leave over meanwhile waits with it: longer would keep more from others than it brings.
 */
export const PARKED_FOR = 300;

/** Whether a message waits (is parked) whose needs these allowances refused: money is on its way to each of them. */
export function isParked(refusedBy: readonly { key: string }[], covered: ReadonlySet<string>): boolean {
  return refusedBy.length > 0 && refusedBy.every(({ key }) => covered.has(key));
}

/** Below a twentieth of its limit a pool is near its end: then machines are told of a smaller cap before they ask. */
export function isNearEnd(pool: Pool): boolean {
  return 20n * leftOf(pool) < pool.limit;
}

/** Whether a machine has so much more free than the cap that it is told of it. */
export function hasFarMore({ free }: Holder, cap: Nano): boolean {
  return 2n * free > 3n * cap;
}
