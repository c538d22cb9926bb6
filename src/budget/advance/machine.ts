import { max, min, type Nano, ONE, type Unit } from "../money.ts";

/**
 * The machine's half of an advance, as pure functions: the holds of running requests live inside money that the endpoint has handed out
 * beforehand. Granted is raised by the endpoint alone, spent and returned by the machine alone; all are cumulative.
 * (The invariants I1, I4 and I6 that the comments name: what was really spent or is being spent never exceeds granted - returned but for
 * usage above its hold; the figures never fall and a return never covers an open hold; nothing is admitted after the deadline.)
 */
export interface MachineAdvance {
  /** The machine's own name for it; the endpoint's comes with the first sync. */
  id: string;
  unit: Unit;
  /** Keys of the allowances it draws on. */
  keys: string[];
  granted: Nano;
  spent: Nano;
  returned: Nano;
  /** By request. */
  holds: ReadonlyMap<string, Nano>;
  /** Of the last message sent. */
  seq: number;
  /** Admission ends at this instant of the machine's monotone clock (ms). */
  deadline: number;
  /** Free money above this goes back. */
  cap: Nano | undefined;
  /**
   * What a person has taken along for a time without the endpoint: free money up to `amount` stays here whatever the cap, and may be held
   * until `until` on the machine's monotone clock (ms), also after the deadline. It is granted like all other, so no limit is passed.
   */
  travel: { amount: Nano; until: number } | undefined;
  /** No new hold; what is free goes home (its period ended, its rules changed, the daemon that owned it died). */
  draining: boolean;
}

export function newAdvance(id: string, unit: Unit, keys: string[]): MachineAdvance {
  return {
    id,
    unit,
    keys,
    granted: 0n,
    spent: 0n,
    returned: 0n,
    holds: new Map(),
    seq: 0,
    deadline: 0,
    cap: undefined,
    travel: undefined,
    draining: false,
  };
}

export function openHolds(advance: MachineAdvance): Nano {
  return advance.holds.values().reduce((sum, amount) => sum + amount, 0n);
}

/** Money that no request has set aside; negative when usage exceeded its holds. */
export function freeOf(advance: MachineAdvance): Nano {
  return advance.granted - advance.spent - advance.returned - openHolds(advance);
}

/** Whether a hold of `amount` fits now: inside what is free (I1), before the deadline or on a journey (I6), not while draining. */
export function admits(advance: MachineAdvance, amount: Nano, now: number): boolean {
  const end = Math.max(advance.deadline, advance.travel?.until ?? 0);
  return !advance.draining && now < end && amount <= freeOf(advance);
}

/** Sets money aside for a request. @throws RangeError when it is not admitted: a caller asks first. */
export function placeHold(advance: MachineAdvance, request: string, amount: Nano, now: number): MachineAdvance {
  if (!admits(advance, amount, now)) throw new RangeError("the advance does not admit this hold");
  return { ...advance, holds: new Map(advance.holds).set(request, amount) };
}

/**
 * Sets money aside that the advance does not have, because the policy lets people go on while the endpoint cannot be reached: free turns
 * negative, and what is used beyond the grant is spend all the same.
 */
export function forceHold(advance: MachineAdvance, request: string, amount: Nano): MachineAdvance {
  return { ...advance, holds: new Map(advance.holds).set(request, amount) };
}

/** Replaces a hold by what was really used, also above it: the book never shows less than was spent. */
export function settleHold(advance: MachineAdvance, request: string, used: Nano): MachineAdvance {
  return { ...releaseHold(advance, request), spent: advance.spent + used };
}

/** The request never left. */
export function releaseHold(advance: MachineAdvance, request: string): MachineAdvance {
  const holds = new Map(advance.holds);
  holds.delete(request);
  return { ...advance, holds };
}

/** Gives back what is free above `keep`; never what a hold covers (I4). */
export function returnAbove(advance: MachineAdvance, keep: Nano): MachineAdvance {
  const surplus = freeOf(advance) - max(0n, keep);
  return surplus > 0n ? { ...advance, returned: advance.returned + surplus } : advance;
}

/** How much free money to keep: what demand wants, no more than the endpoint's cap, at least what was taken along; nothing while draining. */
export function keepOf(advance: MachineAdvance, want: Nano): Nano {
  if (advance.draining) return 0n;
  const keep = 2n * want;
  return max(advance.cap === undefined ? keep : min(keep, advance.cap), advance.travel?.amount ?? 0n);
}

/** Whether free money is to go home at once, because the endpoint's cap is below it or the advance is over. */
export function isAboveCap(advance: MachineAdvance): boolean {
  const most = max(advance.cap ?? freeOf(advance), advance.travel?.amount ?? 0n);
  return freeOf(advance) > (advance.draining ? 0n : most);
}

/**
 * Gives back what is beyond what may be kept; then down to what is wanted or was taken along, so that fading demand does not send home a
 * little every minute.
 * Also with needs to tell: the endpoint grants them out of what comes home in the same step, and what it refuses keeps nothing from others.
 */
export function giveBack(advance: MachineAdvance, want: Nano): MachineAdvance {
  const keep = keepOf(advance, want);
  return freeOf(advance) > keep ? returnAbove(advance, min(keep, max(want, advance.travel?.amount ?? 0n))) : advance;
}

/** The figures of the next message. Give back first (`giveBack`), then report. */
export function nextReport(advance: MachineAdvance): MachineAdvance {
  return { ...advance, seq: advance.seq + 1 };
}

/** Merges an answer to a message that was SENT at `sentAt` on the machine's clock; late and repeated answers are harmless. */
export function mergeReply(
  advance: MachineAdvance,
  reply: { granted: Nano; ttl: number; cap: Nano; close?: boolean | undefined },
  sentAt: number,
): MachineAdvance {
  return {
    ...advance,
    granted: max(advance.granted, reply.granted),
    deadline: Math.max(advance.deadline, sentAt + reply.ttl * 1000),
    cap: reply.cap,
    draining: advance.draining || reply.close === true,
  };
}

/** Whether nothing is left to report or give back. */
export function isFinished(advance: MachineAdvance): boolean {
  return advance.draining && advance.holds.size === 0 && freeOf(advance) <= 0n;
}

/** What a machine's requests ask for, for the size of its advance. */
export interface Demand {
  /** Held per second, as a moving average (nano). */
  rate: number;
  /** The largest recent hold, fading (nano). */
  largest: number;
  /** When it was last updated (monotone ms). */
  at: number;
}

export const NO_DEMAND: Demand = { rate: 0, largest: 0, at: 0 };

const AVERAGE_OVER = 60_000;
const LARGEST_FADES = 600_000;
const HORIZON_SECONDS = 60;
/** With no request for this long nothing is wanted: all free money goes home. */
const IDLE = 600_000;
/** Never more than this lies on one machine: $50, or as many million tokens. */
const MOST_WANTED: Record<Unit, Nano> = { usd: 50n * ONE, tokens: 50_000_000n * ONE };

/** Takes a hold into the demand. */
export function withHold(demand: Demand, amount: Nano, now: number): Demand {
  const { rate, largest } = faded(demand, now);
  return { rate: rate + (Number(amount) * 1000) / AVERAGE_OVER, largest: Math.max(largest, Number(amount)), at: now };
}

/**
 * Free money worth having: a minute of the machine's own rate, and three times its largest recent hold, so that a turn which fans out to
 * sub-agents finds money there (`npm run bench -- money` simulates what other sizes would do).
 */
export function wanted(demand: Demand, unit: Unit, now: number): Nano {
  if (now - demand.at > IDLE) return 0n;
  const { rate, largest } = faded(demand, now);
  return min(MOST_WANTED[unit], BigInt(Math.ceil(HORIZON_SECONDS * rate + 3 * largest)));
}

function faded({ rate, largest, at }: Demand, now: number): { rate: number; largest: number } {
  const passed = Math.max(0, now - at);
  return { rate: rate * Math.exp(-passed / AVERAGE_OVER), largest: largest * Math.exp(-passed / LARGEST_FADES) };
}
