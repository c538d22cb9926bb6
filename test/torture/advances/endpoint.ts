import {
  type Advance,
  brokenInvariants,
  capOf,
  EMPTY_ADVANCE,
  heldOf,
  leftOf,
  type Pool,
  type Report,
  sharingOf,
} from "../../../src/budget/advance/endpoint.ts";
import { overdraftOf } from "../../../src/budget/allowance/allowance.ts";
import { max, type Nano } from "../../../src/budget/money.ts";
import type { Parts, Reply, SimulatedReport } from "./parts.ts";
import type { Truth } from "./truth.ts";
import type { World } from "./world.ts";

/** Seconds that an advance lives without a word. */
const LONGEST = 120;
const SEEN_LATELY = 120_000;
/** A machine's clock may miss a second of each sleep (ms). */
const COARSE = 2_500;

interface Account {
  machine: number;
  keys: string[];
  advance: Advance;
  lastSeen: number;
  /** The last instant at which the endpoint may think that its machine admits. */
  admitsUntil: number;
  /** The token that opened it is good no more. */
  revoked: boolean;
}

/** An allowance-period: its pool, its end, and the largest limit it ever had. */
interface Period {
  pool: Pool;
  ends: number;
  largestLimit: Nano;
  /** The key of the period that repays what this one is overdrawn by. */
  next: string | undefined;
  /** Of its spend: what it repays for the one before. */
  debt: Nano;
}

/** What happened at the endpoint, for another one to go through the same. */
export type Step = { at: number } & (
  | { kind: "open"; id: string; machine: number; keys: string[] }
  | { kind: "sync"; id: string; report: Report; reply: Reply }
  | { kind: "limit"; key: string; limit: Nano }
  | { kind: "revoked"; machine: number }
);

/** The endpoint: pools and advances, changed by one sync at a time, with every promise checked at each. */
export class SimulatedEndpoint {
  readonly #world: World;
  readonly #parts: Parts;
  readonly #truth: Truth;
  readonly #keysOf: (machine: number) => string[];
  readonly periods = new Map<string, Period>();
  readonly accounts = new Map<string, Account>();
  readonly steps: Step[] = [];
  #before: Pool[] = [];

  constructor(world: World, parts: Parts, truth: Truth, keysOf: (machine: number) => string[]) {
    this.#world = world;
    this.#parts = parts;
    this.#truth = truth;
    this.#keysOf = keysOf;
  }

  addPeriod(key: string, limit: Nano, ends: number, next?: string): void {
    const pool = { key, limit, spend: 0n, held: 0n };
    this.periods.set(key, { pool, ends, largestLimit: limit, next, debt: 0n });
    this.steps.push({ at: this.#world.now, kind: "limit", key, limit });
    // From then on the next one repays what this one is overdrawn by.
    this.#world.after(ends - this.#world.now, () => this.#carryDebt(key));
  }

  #carryDebt(key: string): void {
    const { pool, next } = this.periods.get(key)!;
    const heir = next === undefined ? undefined : this.periods.get(next);
    if (!heir) return;
    const owed = overdraftOf(pool);
    heir.pool = { ...heir.pool, spend: heir.pool.spend + owed - heir.debt };
    heir.debt = owed;
  }

  /** The machine's token is revoked: what it has drains. */
  revoke(machine: number): void {
    for (const account of this.accounts.values()) account.revoked ||= account.machine === machine;
    this.steps.push({ at: this.#world.now, kind: "revoked", machine });
  }

  /** Opens an advance for what the machine's requests draw on now, by the endpoint's clock. */
  open(machine: number): { id: string; keys: string[] } {
    const { now } = this.#world;
    const [other] = [...this.accounts].filter((one) => one[1].machine === machine - 1).slice(-1);
    if (this.#parts.sharesAdvances && other) return { id: other[0], keys: other[1].keys };
    const id = `a${this.accounts.size}`;
    const keys = this.#keysOf(machine);
    this.accounts.set(id, { machine, keys, advance: EMPTY_ADVANCE, lastSeen: now, admitsUntil: now, revoked: false });
    this.steps.push({ at: now, kind: "open", id, machine, keys });
    return { id, keys };
  }

  /** One transaction: merges the message, grants, checks, answers. */
  sync(id: string, report: SimulatedReport): Reply {
    const { now } = this.#world;
    const account = this.accounts.get(id)!;
    const was = account.advance;
    const pools = this.#poolsOf(account);
    const ttl = this.#parts.timeToLive(
      account.keys.map((key) => this.periods.get(key)!.ends),
      now,
      LONGEST,
    );
    const close = account.revoked || was.state !== "open" || ttl <= 0;
    const cap = close ? 0n : this.#cap(pools);
    const decidedBy = this.#parts.decideBy(pools, this.#before.length === pools.length ? this.#before : pools);
    this.#before = pools;
    const outcome = this.#parts.applySync(was, decidedBy, report, { cap, close });
    for (const fault of brokenInvariants({ advance: was, pools: decidedBy }, outcome, report))
      this.#world.broken("the endpoint's own check", fault);
    const reply: Reply = {
      seq: outcome.advance.seq,
      granted: outcome.advance.granted,
      delta: outcome.advance.granted - was.granted,
      ttl: close ? 0 : ttl,
      cap,
      close,
      refused: outcome.refused.map((refusal) => refusal.id),
    };
    this.steps.push({ at: now, kind: "sync", id, report, reply });
    account.lastSeen = now;
    if (!this.#parts.commitsFirst && this.#world.chance(0.05)) return reply;
    account.admitsUntil = Math.max(account.admitsUntil, now + reply.ttl * 1000);
    this.#commit(account, outcome.advance, max(was.granted, report.granted));
    if (outcome.adopted)
      this.#world.broken("I4 (only the endpoint raises granted)", `${id}: the machine had seen more than was granted`);
    return reply;
  }

  /** Writes an advance and the pools it draws on, and checks I2, I3 and I4. `seen` is what had been granted before this commit granted more. */
  #commit(account: Account, next: Advance, seen: Nano): void {
    const was = account.advance;
    if (next.granted < was.granted || next.spent < was.spent || next.returned < was.returned)
      this.#world.broken("I4 (granted, spent and returned never fall)", `${show(was)} became ${show(next)}`);
    const merged = { ...next, granted: seen };
    const excess = (advance: Advance) => max(0n, advance.spent - (advance.granted - advance.returned));
    for (const key of account.keys) {
      const period = this.periods.get(key)!;
      const { pool } = period;
      const after = { ...pool, spend: pool.spend + next.spent - was.spent, held: pool.held + heldOf(next) - heldOf(was) };
      if (heldOf(next) > heldOf(merged) && leftOf(after) < 0n)
        this.#world.broken("I2 (spend + held <= limit when money is granted)", `${key}: ${leftOf(after)} left`);
      const rise = after.spend + after.held - pool.spend - pool.held - max(0n, excess(merged) - excess(was));
      if (leftOf(pool) < 0n && rise > 0n)
        this.#world.broken(
          "I3 (beyond a limit nothing rises)",
          `${key} rose by ${rise}: ${show(was)} became ${show(next)}, ${leftOf(pool)} were left`,
        );
      period.pool = after;
      if (period.ends <= this.#world.now) this.#carryDebt(key);
    }
    account.advance = next;
  }

  /** Lowers or raises a limit; answers who should hear of it: money comes home where the limit is passed. */
  setLimit(key: string, limit: Nano): { id: string; machine: number; cap: Nano }[] {
    const period = this.periods.get(key)!;
    period.pool = { ...period.pool, limit };
    period.largestLimit = max(period.largestLimit, limit);
    this.steps.push({ at: this.#world.now, kind: "limit", key, limit });
    return leftOf(period.pool) < 0n ? this.recall(key) : [];
  }

  /** Asks for all free money of a period. */
  recall(key: string): { id: string; machine: number; cap: Nano }[] {
    const holders = [...this.accounts].filter(([, { keys, advance }]) => keys.includes(key) && heldOf(advance) > 0n);
    return holders.map(([id, account]) => {
      this.#replace(account, this.#parts.recall(account.advance, 0n));
      return { id, machine: account.machine, cap: 0n };
    });
  }

  /** Advances whose machines are late. */
  expire(): void {
    for (const account of this.accounts.values()) {
      if (this.#world.now > account.lastSeen + LONGEST * 1000 + 5_000)
        this.#replace(account, this.#parts.expire(account.advance));
    }
  }

  /** A book entry outside a sync; right parts make none. */
  #replace(account: Account, next: Advance): void {
    if (next !== account.advance) this.#commit(account, next, next.granted);
  }

  /** I6: the endpoint may still count on this advance's machine to admit, in a period that is not over. */
  mustStillAdmit(id: string): void {
    const { admitsUntil, keys } = this.accounts.get(id)!;
    const { now } = this.#world;
    if (now >= admitsUntil + COARSE)
      this.#world.broken("I6 (no admission after the deadline)", `${id} admits ${now - admitsUntil} ms late`);
    const over = keys.find((key) => this.periods.get(key)!.ends + COARSE <= now);
    if (over) this.#world.broken("I6 (no admission after the period)", `${id} admits in ${over}`);
  }

  /** I6: the machine, which believes that so many ms are left, ends no later than the endpoint counts on. */
  mustOutlast(id: string, rest: number): void {
    const { admitsUntil } = this.accounts.get(id)!;
    const late = this.#world.now + rest - admitsUntil;
    if (rest > 0 && late > COARSE) this.#world.broken("I6 (the deadline is the endpoint's)", `${id}: ${late} ms later`);
  }

  mustCover(id: string): void {
    this.#truth.mustBeCovered(id, this.accounts.get(id)!.advance);
  }

  /** I5 (but for what it repays), and that nobody spent more than a limit that once was, but for usage above holds. */
  mustAddUp(): void {
    for (const [key, { pool, largestLimit, debt }] of this.periods) {
      const drawing = [...this.accounts].filter(([, { keys }]) => keys.includes(key));
      const sum = (of: (id: string, advance: Advance) => Nano) =>
        drawing.reduce((total, [id, { advance }]) => total + of(id, advance), 0n);
      if (sum((_, advance) => heldOf(advance)) !== pool.held || sum((_, advance) => advance.spent) + debt !== pool.spend)
        this.#world.broken("I5 (pools are the sum of their advances)", key);
      const real = sum((id) => this.#truth.spentOf(id) + this.#truth.runningOf(id) - this.#truth.aboveOf(id));
      if (real > largestLimit) this.#world.broken("no overshoot", `${key}: ${real} of ${largestLimit}`);
    }
  }

  #poolsOf({ keys }: Account): Pool[] {
    return keys.map((key) => this.periods.get(key)!.pool);
  }

  #cap(pools: readonly Pool[]): Nano {
    const since = this.#world.now - SEEN_LATELY;
    const lately = [...this.accounts.values()].filter(({ lastSeen, advance }) => lastSeen > since && advance.state === "open");
    const sharing = pools.map((pool) => {
      const drawing = lately.filter(({ keys }) => keys.includes(pool.key));
      const free = drawing.reduce((sum, { advance }) => sum + max(0n, heldOf(advance) - advance.open), 0n);
      return sharingOf(pool, { free, machines: new Set(drawing.map(({ machine }) => machine)).size });
    });
    return capOf(sharing, "usd");
  }
}

function show({ granted, spent, returned }: Advance): string {
  return `granted ${granted}, spent ${spent}, returned ${returned}`;
}
