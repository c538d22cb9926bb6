import * as endpoint from "../../../src/budget/advance/endpoint.ts";
import * as machine from "../../../src/budget/advance/machine.ts";
import { max, type Nano } from "../../../src/budget/money.ts";
import { type Clock, type Readings, systemClock } from "../../../src/daemon/clock.ts";

/** What the endpoint answers to a sync, and what a wrong machine might make of it. */
export interface Reply {
  seq: number;
  granted: Nano;
  /** What this message alone granted: no right machine looks at it. */
  delta: Nano;
  ttl: number;
  cap: Nano;
  close: boolean;
  refused: readonly string[];
}

/** What a machine reports; no right endpoint looks at what this message alone gives back. */
export type SimulatedReport = endpoint.Report & { returnedSince: Nano };

/** The rules under test: both state machines, and the few steps between them that their owners compose. A mutant replaces one. */
export interface Parts {
  applySync(
    advance: endpoint.Advance,
    pools: readonly endpoint.Pool[],
    report: SimulatedReport,
    terms: endpoint.Terms,
  ): endpoint.Outcome;
  timeToLive: typeof endpoint.timeToLive;
  /** What becomes of an advance whose machine has not reported in time. */
  expire(advance: endpoint.Advance): endpoint.Advance;
  /** What the endpoint books when it asks for money back. */
  recall(advance: endpoint.Advance, cap: Nano): endpoint.Advance;
  /** The pools that a sync decides by: `now`, or as they were a message ago. */
  decideBy(now: endpoint.Pool[], before: endpoint.Pool[]): endpoint.Pool[];
  /** Whether the commit that precedes a reply is on disk for certain. */
  commitsFirst: boolean;
  /** Whether two machines, as two processes of one, are given one advance. */
  sharesAdvances: boolean;

  /** What a machine measures its deadlines by. */
  clock(readings: Readings): Clock;
  admits: typeof machine.admits;
  placeHold: typeof machine.placeHold;
  settleHold: typeof machine.settleHold;
  giveBack: typeof machine.giveBack;
  mergeReply(advance: machine.MachineAdvance, reply: Reply, sentAt: number, receivedAt: number): machine.MachineAdvance;
  /** An advance as it is after its owner crashed: `journalled` is its last state, `reported` the one of the last message. */
  restart(journalled: machine.MachineAdvance, reported: machine.MachineAdvance): machine.MachineAdvance;
}

export const RIGHT: Parts = {
  applySync: endpoint.applySync,
  timeToLive: endpoint.timeToLive,
  expire: (advance) => advance,
  recall: (advance) => advance,
  decideBy: (now) => now,
  commitsFirst: true,
  sharesAdvances: false,
  clock: systemClock,
  admits: machine.admits,
  placeHold: machine.placeHold,
  settleHold: machine.settleHold,
  giveBack: machine.giveBack,
  mergeReply: machine.mergeReply,
  restart: chargedInFull,
};

/** Nobody knows how far the open requests got: each is charged its whole hold, and the advance goes home. */
function chargedInFull(advance: machine.MachineAdvance): machine.MachineAdvance {
  const settled = [...advance.holds].reduce((state, [request, amount]) => machine.settleHold(state, request, amount), advance);
  return { ...settled, draining: true };
}

/** Wrong implementations, each of which somebody has written once. The simulation must find every one. */
export const MUTANTS: Record<string, Partial<Parts>> = {
  "expiry frees the advance": { expire: (advance) => ({ ...advance, returned: advance.returned + endpoint.heldOf(advance) }) },
  "a recall counts when it is sent": {
    recall: (advance, cap) => ({ ...advance, returned: advance.returned + max(0n, endpoint.heldOf(advance) - cap) }),
  },
  "a restart drops the open holds": {
    restart: (advance) => ({ ...advance, holds: new Map(), draining: true }),
  },
  "a crash loses what was not yet reported": {
    restart: (advance, reported) => chargedInFull({ ...reported, granted: advance.granted, seq: advance.seq }),
  },
  "a return takes money from under an open hold": {
    giveBack: (advance, want) => {
      const surplus = advance.granted - advance.spent - advance.returned - machine.keepOf(advance, want);
      return surplus > 0n ? { ...advance, returned: advance.returned + surplus } : advance;
    },
  },
  "grants are added up": {
    mergeReply: (advance, reply, sentAt) =>
      machine.mergeReply(advance, { ...reply, granted: advance.granted + reply.delta }, sentAt),
  },
  "returns are added up": {
    applySync: (advance, pools, report, terms) =>
      endpoint.applySync(advance, pools, { ...report, returned: advance.returned + report.returnedSince }, terms),
  },
  "two processes share one advance": { sharesAdvances: true },
  "a late report overwrites a newer one": {
    applySync: (advance, pools, report, terms) =>
      endpoint.applySync({ ...advance, spent: report.spent, returned: report.returned }, pools, report, terms),
  },
  "the reply leaves before the commit": { commitsFirst: false },
  "a sync decides by a sum that is a message old": { decideBy: (_, before) => before },
  "the time to live counts from the reply's arrival": {
    mergeReply: (advance, reply, _, receivedAt) => machine.mergeReply(advance, reply, receivedAt),
  },
  "deadlines go by the wall clock": { clock: ({ wall, uptime }) => ({ wall, monotone: wall, elapsed: uptime }) },
  "deadlines go by a clock that stands still in sleep": {
    clock: ({ wall, steady, uptime }) => ({ wall, monotone: steady, elapsed: uptime }),
  },
  "the deadline is not looked at": {
    admits: (advance, amount) => !advance.draining && amount <= machine.freeOf(advance),
    placeHold: (advance, request, amount) => machine.placeHold(advance, request, amount, Number.NEGATIVE_INFINITY),
  },
  "an advance outlives its period": { timeToLive: (_ends, _now, longest = 600) => longest },
  "usage above the hold is not booked": {
    settleHold: (advance, request, used) => {
      const hold = advance.holds.get(request) ?? 0n;
      return machine.settleHold(advance, request, used < hold ? used : hold);
    },
  },
  "free money is counted without the open holds": {
    admits: (advance, amount, now) =>
      !advance.draining && now < advance.deadline && amount <= advance.granted - advance.spent - advance.returned,
    placeHold: (advance, request, amount) => ({ ...advance, holds: new Map(advance.holds).set(request, amount) }),
  },
};
