import type { PolicyVersion, Sync, SyncReply } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { rulesOf, type Slot, slotsOf } from "./allowances.ts";
import { type AdvanceRow, Book } from "./book.ts";
import type { Clock } from "./clock.ts";
import type { HotRows } from "./hotRows.ts";
import { type Caller, type Principal, principalsNow } from "./people.ts";
import { findTeam, type Policies, type Team } from "./policies.ts";
import type { Result } from "./queue.ts";
import { Refused } from "./refused.ts";
import { RowsMissing } from "./rows.ts";

/** A machine's message, and with whose token it came. */
export interface SyncCall {
  caller: Caller;
  advance: string;
  message: Sync;
}

export interface SeatParts {
  policies: Policies;
  hotRows: HotRows;
  clock: Clock;
}

/** What is known from before about the rows that a batch needs. */
export interface Tries {
  /** Rows to lock besides, which it was begun without before. */
  found?: readonly string[];
  /** Not over sub-rows: it was tried, and they did not do. */
  whole?: boolean;
}

/** A call that is the team's and the machine's own, with all that it may change locked. */
export interface Seat {
  /** Its place among the calls. */
  place: number;
  message: Sync;
  principal: Principal;
  row: AdvanceRow;
  slots: Slot[];
}

/** What the calls of a batch have in common. */
export interface Table {
  team: Team;
  policy: PolicyVersion;
  /** The name of the rules in force. */
  rules: string;
  book: Book;
  now: number;
}

/** Rows have no sub-row to spare: somebody has them whole at the moment, or they are not split any more. Nothing is committed. */
export class NoSubRow extends Error {
  override name = "NoSubRow";
  readonly keys: readonly string[];

  constructor(keys: readonly string[]) {
    super("no sub-row to spare");
    this.keys = keys;
  }
}

/** Takes every lock in the one order that all keep, then asks for the time. Who has no business here gets a reply at once, and no seat. */
export async function seatAll(
  sql: Sql,
  { policies, hotRows, clock }: SeatParts,
  teamId: string,
  calls: readonly SyncCall[],
  { found = [], whole = false }: Tries,
  replies: Result<SyncReply>[],
): Promise<{ table: Table; seats: Seat[] }> {
  const team = await findTeam(sql, teamId, "share");
  const policy = await policies.current(sql, team);
  const principals = await principalsNow(
    sql,
    calls.map(({ caller }) => caller.tokenId),
  );
  const before = await clock(sql);
  const book = new Book(teamId);
  await book.lockAdvances(
    sql,
    calls.map(({ advance }) => advance),
  );
  const seats = calls.flatMap(({ caller, advance, message }, place): Seat[] => {
    const principal = principals.get(caller.tokenId)!;
    const row = book.advance(advance);
    const fault = faultOf(principal, row, message);
    if (fault) replies[place] = { error: fault };
    return fault || !row
      ? []
      : [{ place, message, principal, row, slots: slotsOf(policy.policy, teamId, principal.person, before) }];
  });
  const keys = [...new Set([...seats.flatMap(keysOf), ...found])];
  const split = whole ? [] : keys.filter((key) => hotRows.isSplit(teamId, key));
  const rest = keys.filter((key) => !split.includes(key));
  const people = seats.map(({ row }) => row.person);
  hotRows.waited(teamId, await timeOf(() => book.lockRows(sql, rest, people)));
  const none = split.length > 0 ? await book.lockSubRows(sql, split) : [];
  if (none.length > 0) throw new NoSubRow(none);
  const now = await clock(sql);
  const homeless = seats.filter(
    ({ slots }) => !slots.every(({ key, period }) => book.row(key) && now < Date.parse(period.resetsAt)),
  );
  if (homeless.length > 0)
    throw new RowsMissing(
      teamId,
      homeless.map(({ principal }) => principal.person),
    );
  return { table: { team, policy, rules: rulesOf(policy.policy), book, now }, seats };
}

/** In ms. */
async function timeOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function faultOf({ person }: Principal, row: AdvanceRow | undefined, { machine }: Sync): Refused | undefined {
  if (row?.person !== person.id)
    return new Refused("unknownAdvance", "You have no such advance. Open one with POST /v1/advances.");
  if (machine === undefined || machine === row.machine) return undefined;
  return new Refused("otherMachine", "Another machine, or another run of the daemon, owns this advance. Open one of your own.");
}

/** The allowances that a call may change or shows: its advance's, those that its entries name, and its person's of now. */
function keysOf({ message, row, slots }: Seat): string[] {
  return [...row.keys, ...message.entries.flatMap(({ allowances }) => allowances), ...slots.map(({ key }) => key)];
}
