import { applySync, brokenInvariants, capOf, type Outcome, type Report, timeToLive } from "../../budget/advance/endpoint.ts";
import { isNearEnd, isParked } from "../../budget/advance/recall.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import type { Sync, SyncReply } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import type { AllowanceRow } from "./allowanceRows.ts";
import { viewOf } from "./allowances.ts";
import { carryDebts } from "./debts.ts";
import { bookSettled } from "./entries.ts";
import type { Result } from "./queue.ts";
import { capsNearEnd, type Ending, type Pace, type Recall, recallsFor, type Shortage } from "./recalls.ts";
import { RowsMissing } from "./rows.ts";
import { type Seat, type SeatParts, type SyncCall, seatAll, type Table, type Tries } from "./seats.ts";
import type { Sharers } from "./sharing.ts";

export interface BatchParts extends SeatParts {
  sharers: Sharers;
  pace: Pace;
}

/** A batch needs a row whole that it would have merged over a sub-row: nothing is committed. */
export class WholeRowNeeded extends Error {
  override name = "WholeRowNeeded";
}

export interface BatchResult {
  /** In the order of the calls. */
  replies: Result<SyncReply>[];
  recalls: Recall[];
  /** The places of calls that were refused what may fit in a moment, when money has come home that was called. */
  parked: ReadonlySet<number>;
  /** Money came home with a call. */
  cameHome: boolean;
  /** For the operator. */
  warnings: string[];
}

/**
 * Merges messages of one team's machines in one transaction: the pure rules of `budget/advance/endpoint.ts`, one message after the
 * other, over rows that are locked and read once and written once. A message that is refused as a whole leaves the others alone.
 * Entries, and what came too late for its period, are booked before anything is granted, so that every grant is decided by all of it.
 * @throws RowsMissing when it needs rows that it has not locked
 * @throws WholeRowNeeded
 * @throws NoSubRow
 */
export async function mergeAll(
  sql: Sql,
  parts: BatchParts,
  teamId: string,
  calls: readonly SyncCall[],
  tries: Tries = {},
): Promise<BatchResult> {
  const replies: Result<SyncReply>[] = [];
  const { table, seats } = await seatAll(sql, parts, teamId, calls, tries, replies);
  const settled = seats.flatMap(({ message, principal, row }) =>
    message.entries.map((entry) => ({ entry, person: principal.person.id, advance: row.id })),
  );
  await bookSettled(sql, { ...table, policies: parts.policies }, settled);
  const sharing = await parts.sharers.of(sql, teamId, table.now);
  const mergeSome = (some: readonly Seat[]) => some.map((seat) => ({ seat, merged: merge(table, seat, sharing) }));
  const late = mergeSome(seats.filter((seat) => isOver(table, seat)));
  const bring = async (key: string, before: AllowanceRow) => {
    throw new RowsMissing(teamId, [], { key, before });
  };
  await carryDebts(sql, table, bring);
  const merged = [...late, ...mergeSome(seats.filter((seat) => !isOver(table, seat)))];
  await carryDebts(sql, table, bring);
  if (!table.book.subRowsCover(table.now)) throw new WholeRowNeeded();
  await table.book.write(sql, table.now);
  const { hotRows } = parts;
  for (const [key, split] of await table.book.split(sql, hotRows.areHot(teamId), table.now)) hotRows.learn(teamId, key, split);
  for (const one of merged) replies[one.seat.place] = { answer: replyTo(table, one.seat, one.merged) };
  const shortages = merged.flatMap(({ seat, merged: { refused } }) => shortagesOf(seat, refused));
  const { recalls, covered } = await recallsFor(sql, teamId, shortages, table.now);
  const asking = merged.map(({ seat }) => seat.row.id);
  const told = await capsNearEnd(sql, teamId, endingsOf(table, parts.pace, sharing, seats), asking, table.now);
  return {
    replies,
    recalls: [...recalls, ...told],
    parked: new Set(merged.flatMap(({ seat, merged: { refused } }) => (isParked(refused, covered) ? [seat.place] : []))),
    cameHome: merged.some(({ seat, merged: { advance } }) => advance.returned > seat.row.advance.returned),
    warnings: merged.filter(({ merged: { adopted } }) => adopted).map(({ seat }) => adoptedText(seat)),
  };
}

/** The first of its periods is: nothing is granted from it any more. */
function isOver({ book, now }: Table, { row: { keys } }: Seat): boolean {
  return keys.some((key) => book.row(key)!.periodEnd <= now);
}

/** A message would have broken a promise of the ledger's, which only a fault in this program can bring about: nothing is committed. */
export class BrokenPromise extends Error {
  override name = "BrokenPromise";
}

type Merged = Outcome & { cap: Nano; ttl: number; close: boolean };

/** Applies the pure rules to the rows in the book. @throws BrokenPromise */
function merge({ policy, book, rules, now }: Table, { message, principal, row }: Seat, sharing: SharingOf): Merged {
  const { advance, unit, keys } = book.advance(row.id)!;
  const rows = keys.map((key) => book.row(key)!);
  const pools = book.poolsOf(row, now);
  // When a grant ends, its money must not be spent any more: the machine asks again then.
  const ends = rows.flatMap(({ periodEnd, grants }) => [
    periodEnd,
    ...grants.map(({ until }) => until).filter((end) => now < end),
  ]);
  const { advances } = policy.policy;
  const longest = timeToLive(ends, now, advances.minutes * 60);
  const close = principal.reportOnly || longest === 0 || row.rules !== rules || advance.state !== "open";
  const cap = close ? 0n : capOf(pools.map(sharing), unit, advances);
  const report = reportOf(message);
  const outcome = applySync(advance, pools, report, { cap, close });
  const broken = brokenInvariants({ advance, pools }, outcome, report);
  if (broken.length > 0) throw new BrokenPromise(`advance ${row.id}: ${broken.join("; ")}`);
  const ttl = close ? 0 : longest;
  book.setAdvance(row.id, { advance: outcome.advance, deadline: now + ttl * 1000 });
  book.setPools(outcome.pools);
  return { ...outcome, cap, ttl, close };
}
type SharingOf = Awaited<ReturnType<Sharers["of"]>>;

function reportOf({ seq, granted, spent, returned, open, needs, want }: Sync): Report {
  return {
    seq,
    granted: parseAmount(granted),
    spent: parseAmount(spent),
    returned: parseAmount(returned),
    open: parseAmount(open),
    needs: needs.map(({ id, amount }) => ({ id, amount: parseAmount(amount) })),
    want: parseAmount(want),
  };
}

function replyTo({ policy, book, now }: Table, { message, slots }: Seat, merged: Merged): SyncReply {
  const { advance, ttl, cap, close, refused } = merged;
  return {
    seq: advance.seq,
    granted: formatAmount(advance.granted),
    ttl,
    cap: formatAmount(cap),
    ...(close && { close: true }),
    refused: refused.map(({ id, key, remaining }) => ({
      id,
      allowance: key,
      remaining: formatAmount(remaining),
      resetsAt: new Date(book.row(key)!.periodEnd).toISOString(),
    })),
    entries: [...new Set(message.entries.map(({ id }) => id.toLowerCase()))],
    allowances: slots.map((slot) => viewOf(slot, policy.policy, book.row(slot.key), now)),
    ...(message.policyVersion !== policy.version && { policy }),
    now: new Date(now).toISOString(),
  };
}

/** The pools of these calls that are near their ends, where it is time to tell their machines. */
function endingsOf({ policy, book }: Table, pace: Pace, sharing: SharingOf, seats: readonly Seat[]): Ending[] {
  const rows = [...new Set(seats.flatMap(({ row }) => row.keys))].map((key) => book.row(key)!);
  return rows
    .filter((row) => isNearEnd(row) && pace.isDue(row.key))
    .map((row) => ({ key: row.key, cap: capOf([sharing(row)], row.unit, policy.policy.advances) }));
}

function shortagesOf({ row, message }: Seat, refused: Outcome["refused"]): Shortage[] {
  return refused.map(({ id, key, remaining }) => ({
    advance: row.id,
    key,
    short: parseAmount(message.needs.find((need) => need.id === id)!.amount) - remaining,
  }));
}

function adoptedText({ row, message }: Seat): string {
  return `advance ${row.id} of ${row.person}: its machine had seen ${message.granted} granted, we knew less. Was an old backup restored?`;
}
