import { type Decimal, max, min, type Nano, ONE, parseAmount, type Unit } from "../money.ts";

/**
 * The endpoint's half of an advance, as a pure function. Granted is raised by the endpoint alone, spent and returned by the machine
 * alone; all are cumulative and merged by maximum, so a message may be lost, repeated or come out of order. Expiry frees no money:
 * what was handed out stays held until the machine reports.
 */

/** What the endpoint knows of one advance. Amounts are nano of its unit. */
export interface Advance {
  granted: Nano;
  spent: Nano;
  returned: Nano;
  /** Sum of the holds open inside it, as the newest message said. */
  open: Nano;
  /** The newest message merged; 0 before the first. */
  seq: number;
  state: AdvanceState;
}

/** `draining`: told to close, still holding money or open requests. */
export type AdvanceState = "open" | "draining" | "closed";

/** One allowance-period that the advance draws on. */
export interface Pool {
  key: string;
  limit: Nano;
  spend: Nano;
  held: Nano;
}

/** The money part of a sync message. */
export interface Report {
  seq: number;
  /** The highest `granted` the machine has seen. */
  granted: Nano;
  spent: Nano;
  returned: Nano;
  open: Nano;
  needs: readonly { id: string; amount: Nano }[];
  /** Free money that the machine would like to have besides. */
  want: Nano;
}

/** What the endpoint says from outside the figures. */
export interface Terms {
  /** Free money above this goes back. */
  cap: Nano;
  /** The advance is over: its period ended, its rules changed, or its machine's token was revoked. Nothing is granted any more. */
  close: boolean;
}

export interface Outcome {
  advance: Advance;
  pools: Pool[];
  refused: { id: string; key: string; remaining: Nano }[];
  /** The machine had seen more granted than the endpoint knew: the endpoint's book was set back (or the machine lies). */
  adopted: boolean;
  /** The message was older than one merged before: its figures counted, its wishes did not. */
  late: boolean;
}

export const EMPTY_ADVANCE: Advance = { granted: 0n, spent: 0n, returned: 0n, open: 0n, seq: 0, state: "open" };

/** What an advance holds in every allowance that it draws on. */
export function heldOf({ granted, spent, returned }: Pick<Advance, "granted" | "spent" | "returned">): Nano {
  return max(0n, granted - spent - returned);
}

/** What may still be granted from a pool; negative when it is overdrawn. */
export function leftOf({ limit, spend, held }: Pool): Nano {
  return limit - spend - held;
}

/** Merges a message and grants what fits EVERY pool. `pools` must not be empty. */
export function applySync(advance: Advance, pools: readonly Pool[], report: Report, terms: Terms): Outcome {
  const late = report.seq < advance.seq;
  const merged: Advance = {
    granted: max(advance.granted, report.granted),
    spent: max(advance.spent, report.spent),
    returned: max(advance.returned, report.returned),
    open: late ? advance.open : report.open,
    seq: Math.max(advance.seq, report.seq),
    state: advance.state,
  };
  const left = pools.map((pool) => leftOf(poolAfter(pool, advance, merged)));
  const wishes = late || terms.close ? { needs: [], want: 0n } : report;
  const { granted, refused } = grant(merged, wishes, pools, left, terms.cap);
  const next: Advance = { ...merged, granted };
  next.state = stateOf(next, terms);
  return {
    advance: next,
    pools: pools.map((pool) => poolAfter(pool, advance, next)),
    refused,
    adopted: report.granted > advance.granted,
    late,
  };
}

/** The needs in their order, each whole or not at all; then the top-up, but nothing of it while a need is refused. */
function grant(
  { granted: before, spent, returned, open }: Advance,
  { needs, want }: Pick<Report, "needs" | "want">,
  pools: readonly Pool[],
  leftAtFirst: readonly Nano[],
  cap: Nano,
): { granted: Nano; refused: Outcome["refused"] } {
  const floor = spent + returned;
  let left = leftAtFirst;
  let granted = before;
  let level = floor + open;
  const refused: Outcome["refused"] = [];
  const raise = (to: Nano): boolean => {
    // Never negative: what the advance holds already makes nothing free for the next wish.
    const growth = max(0n, max(0n, to - floor) - max(0n, granted - floor));
    if (growth > 0n && left.some((amount) => growth > amount)) return false;
    granted = max(granted, to);
    left = left.map((amount) => amount - growth);
    return true;
  };
  for (const { id, amount } of needs) {
    if (raise(level + amount)) level += amount;
    else refused.push({ id, ...tightest(pools, left) });
  }
  if (refused.length === 0 && want > 0n) raise(level + min(min(want, cap), max(0n, smallest(left)) / 2n));
  return { granted, refused };
}

function tightest(pools: readonly Pool[], left: readonly Nano[]): { key: string; remaining: Nano } {
  const index = left.indexOf(smallest(left));
  return { key: pools[index]!.key, remaining: max(0n, left[index]!) };
}

function smallest(amounts: readonly Nano[]): Nano {
  return amounts.reduce(min);
}

function poolAfter(pool: Pool, before: Advance, after: Advance): Pool {
  return {
    ...pool,
    spend: pool.spend + after.spent - before.spent,
    held: pool.held + heldOf(after) - heldOf(before),
  };
}

function stateOf(advance: Advance, { close }: Terms): AdvanceState {
  if (advance.state === "open" && !close) return "open";
  return advance.open === 0n && heldOf(advance) === 0n ? "closed" : "draining";
}

/** After a machine should have been heard of, so much longer before what it holds is in doubt (ms): its message may be on its way. */
const DOUBT_AFTER = 60_000;

/** Whether an advance's money is in doubt: held, while its machine has been silent until after `deadline` (epoch ms). No time frees it. */
export function isInDoubt(advance: Advance, deadline: number, now: number): boolean {
  return heldOf(advance) > 0n && now > deadline + DOUBT_AFTER;
}

/**
 * What a person decides of money in doubt: it counts as returned, and the advance is over. Should its machine report after all that it spent
 * some, that is spend all the same, be it beyond the limit: the book never shows less than was spent.
 */
export function writtenOff(advance: Advance, pools: readonly Pool[]): { advance: Advance; pools: Pool[] } {
  const after: Advance = { ...advance, returned: advance.returned + heldOf(advance), state: "closed" };
  return { advance: after, pools: pools.map((pool) => poolAfter(pool, advance, after)) };
}

/**
 * The promises that a sync broke, in words; empty when it kept them. An endpoint that finds any must not commit.
 * (That the sum over advances equals the pool's held and spend is `verify`'s to prove; that the book covers the truth, the simulation's.)
 */
export function brokenInvariants(before: { advance: Advance; pools: readonly Pool[] }, after: Outcome, report: Report): string[] {
  const broken: string[] = [];
  const { advance: was } = before;
  const { advance: is } = after;
  if (is.granted < was.granted || is.spent < was.spent || is.returned < was.returned || is.seq < was.seq)
    broken.push("granted, spent, returned or seq fell");
  const grantedNow = is.granted > max(was.granted, report.granted);
  const roseBy = heldOf(is) - heldOf({ ...is, granted: max(was.granted, report.granted) });
  after.pools.forEach((pool, i) => {
    const old = before.pools[i]!;
    if (grantedNow && roseBy > 0n && leftOf(pool) < 0n) broken.push(`${pool.key}: granted beyond the limit`);
    if (pool.held - old.held !== heldOf(is) - heldOf(was)) broken.push(`${pool.key}: held differs from its advances`);
    if (pool.spend - old.spend !== is.spent - was.spent) broken.push(`${pool.key}: spend differs from its advances`);
  });
  return broken;
}

/** How one pool is shared at the moment. */
export interface Sharing {
  /** Limit - spend - held, at least 0. */
  unallocated: Nano;
  /** Free money in the advances of the machines seen lately. */
  free: Nano;
  /** Machines seen lately. */
  machines: number;
}

/** How a pool is shared: in one that is overdrawn, free money must come home before anybody has a share of it. */
export function sharingOf(pool: Pool, { free, machines }: Pick<Sharing, "free" | "machines">): Sharing {
  const left = leftOf(pool);
  return { unallocated: max(0n, left), free: left < 0n ? 0n : free, machines: Math.max(1, machines) };
}

/** Below such a share nobody keeps an advance: all money comes home and every request asks. About ten cents. */
const SMALLEST_CAP: Record<Unit, Nano> = { usd: ONE / 10n, tokens: 20_000n * ONE };

/** What a team's policy says of the size of advances. */
export interface AdvanceRules {
  /** Of an equal share of what nobody uses (0 to 1). */
  share: number;
  /** The most that one machine may keep (USD). */
  most?: Decimal | undefined;
}

const MILLION = 1_000_000n;

/** How much free money one machine may keep: a part of an equal share of what nobody uses, in the scarcest pool. */
export function capOf(pools: readonly Sharing[], unit: Unit, { share, most }: AdvanceRules = { share: 0.5 }): Nano {
  const part = BigInt(Math.round(share * Number(MILLION)));
  const fair = pools
    .map(({ unallocated, free, machines }) => ((unallocated + free) * part) / (MILLION * BigInt(Math.max(1, machines))))
    .reduce(min);
  const cap = most !== undefined && unit === "usd" ? min(fair, parseAmount(most)) : fair;
  return cap < SMALLEST_CAP[unit] ? 0n : cap;
}

/** An advance may be used for this many seconds after its last message, and never past the end of a period that it is bound to. */
export function timeToLive(periodEnds: readonly number[], now: number, longest = 600): number {
  return Math.max(0, Math.min(longest, (Math.min(...periodEnds) - now) / 1000));
}
