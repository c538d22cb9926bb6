import type { Nano } from "../money.ts";
import { leftOf, type Pool } from "./endpoint.ts";
import { isNearEnd } from "./recall.ts";

/**
 * A pool that everybody draws on can be split into sub-rows, each with a share of what is left, so that messages need not wait for one
 * another. A message is answered by the figures of the whole pool, as they stood a moment ago, and that is valid where a sub-row that
 * nobody else has covers what it changes: so a share refuses nothing. Where it does not cover it, all sub-rows are gathered into the pool
 * (borrowing on shortage, from all of them at once), the message is merged over that, and what is left is shared anew. As every sub-row
 * keeps to its share (I2) and the shares add up to no more than was left, the sum keeps to the limit.
 */

/** As many messages can be merged at once; more endpoint processes on one team than this gain nothing. */
export const SUB_ROWS = 16;

/** What each sub-row may hand out, where a pool may be split; 0 where it may not, because it is near its end (drain mode). */
export function shareOf(pool: Pool): Nano {
  return isNearEnd(pool) ? 0n : leftOf(pool) / BigInt(SUB_ROWS);
}

/**
 * Whether a sub-row with so much left covers what a message made of its pool. What came in above a hold may be more than its share: other
 * sub-rows must not hand that out.
 */
export function covers(left: Nano, was: Pool, is: Pool): boolean {
  return left + leftOf(is) - leftOf(was) >= 0n && !isNearEnd(is);
}
