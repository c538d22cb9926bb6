import { randomUUID } from "node:crypto";
import {
  type Demand,
  freeOf,
  type MachineAdvance,
  NO_DEMAND,
  newAdvance,
  wanted,
  withHold,
} from "../../budget/advance/machine.ts";
import type { Allowance, MachineAllowance } from "../../budget/allowance/allowance.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { formatAmount, max, min, type Nano, showAmount, type Unit } from "../../budget/money.ts";
import type { Book, Growth, Hold, Part, Reservation } from "../guard/book.ts";
import type { StoredAdvance } from "../ledger/records.ts";
import { AdvanceLine, type LineParts } from "./advanceLine.ts";
import { currentKeys, isCurrent, LostAdvances } from "./lostAdvances.ts";
import type { NeedOutcome } from "./needs.ts";
import type { Travels } from "./travels.ts";

/** What was spent is told after this pause, and not again for a while, so that several requests share a message (ms). */
const TELL_AFTER = 5_000;
const TELL_EVERY = 45_000;
/** While money is out, the book is looked through this often (ms). */
const HEARTBEAT = 60_000;

export interface BookParts extends Omit<LineParts, "want"> {
  /** What was taken along, over restarts. */
  travels: Travels;
}

/** All advances of one account: one for each set of allowances that requests draw on, and those that are draining. */
export class AdvanceBook implements Book {
  readonly #lines = new Map<string, AdvanceLine>();
  readonly #draining = new Set<AdvanceLine>();
  readonly #demands = new Map<string, Demand>();
  #current: readonly Allowance[] = [];
  readonly #lost: LostAdvances;
  readonly #parts: BookParts;
  #telling: Promise<void> = Promise.resolve();
  #tellTimer: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(parts: BookParts) {
    this.#parts = parts;
    this.#lost = new LostAdvances(parts.ledger, parts.account, (part) => this.#lineFor(part));
    // What an earlier run of the daemon had: its holds are settled by now, the rest goes home.
    const travel = parts.travels.restored();
    for (const stored of parts.ledger.advances(parts.account)) {
      if (stored.id === travel?.advance) {
        this.#resume(stored, travel);
        continue;
      }
      const advance = { ...newAdvance(stored.id, stored.unit, stored.keys), ...figures(stored), draining: true };
      this.#draining.add(new AdvanceLine(advance, stored, { ...parts, want: () => 0n }));
    }
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT).unref();
  }

  /**
   * Takes money along: the endpoint grants it now, and it may be spent without the endpoint for so long (ms), but not into another period.
   * @throws Error, for people, where it is not granted
   */
  async takeAlong(amount: Nano, duration: number): Promise<void> {
    const keys = currentKeys(this.#current, "usd", []);
    if (keys.length === 0) throw new Error("Your team has set no allowance in dollars to take money from.");
    const line = this.#lineFor({ unit: "usd", keys });
    const outcome = await line.takeAlong(amount, this.#parts.clock.monotone() + duration);
    if (outcome.kind !== "held") throw new Error(whyNot(outcome));
    this.#parts.travels.begin(line.id, amount, duration);
  }

  /** What was taken along, and what is left of it; undefined when nothing was. */
  get travel(): { amount: Nano; left: Nano; until: number } | undefined {
    const line = [...this.#lines.values()].find(({ advance }) => advance.travel);
    const amount = line?.advance.travel?.amount;
    if (!line || amount === undefined) return undefined;
    const left = max(0n, min(amount, freeOf(line.advance)));
    return { amount, left, until: line.advance.travel!.until };
  }

  /** Of an earlier run, and still on its way. */
  #resume(stored: StoredAdvance, { amount, left }: { amount: Nano; left: number }): void {
    const name = setName(stored.unit, stored.keys);
    const line = new AdvanceLine(
      { ...newAdvance(stored.id, stored.unit, stored.keys), ...figures(stored) },
      stored,
      this.#partsOf(name, stored.unit),
    );
    line.travelOn(amount, this.#parts.clock.monotone() + left);
    this.#lines.set(name, line);
  }

  #partsOf(name: string, unit: Unit): LineParts {
    const want = () => wanted(this.#demands.get(name) ?? NO_DEMAND, unit, this.#parts.clock.monotone());
    return { ...this.#parts, want };
  }

  /** Sets money aside in every part, or in none. @throws Error where an advance cannot be written down */
  async reserve(request: string, _ref: ModelRef, parts: Part[]): Promise<Reservation> {
    const holds: Hold[] = [];
    try {
      return await this.#reserve(request, parts, holds);
    } catch (error) {
      this.release(request, holds);
      throw error;
    }
  }

  async #reserve(request: string, parts: Part[], holds: Hold[]): Promise<Reservation> {
    for (const part of parts) {
      const line = this.#lineFor(part);
      if (part.amount === 0n) {
        line.force(request, 0n); // nothing to ask for; its entry is delivered all the same
        holds.push({ advance: line.id, unit: part.unit, amount: 0n });
        continue;
      }
      this.#note(part);
      const outcome: NeedOutcome = line.tryHold(request, part.amount) ? { kind: "held" } : await line.need(request, part.amount);
      if (outcome.kind !== "held") {
        this.release(request, holds);
        return outcome;
      }
      holds.push({ advance: line.id, unit: part.unit, amount: part.amount });
      if (line.runsLow()) void line.talk();
    }
    return { kind: "held", holds };
  }

  /** Sets money aside that may not be there: the policy lets people go on offline, or it was spent already. */
  force(request: string, parts: Part[]): Hold[] {
    const lines = parts.map((part) => this.#lineFor(part)); // all of them, or none is held in
    return parts.map((part, index) => {
      const line = lines[index]!;
      line.force(request, part.amount);
      return { advance: line.id, unit: part.unit, amount: part.amount };
    });
  }

  /** What was spent and is held beyond the advances (nano-USD), because nobody could be asked. */
  beyond(): Nano {
    return this.#all().reduce((sum, { advance, beyond }) => (advance.unit === "usd" ? sum + beyond : sum), 0n);
  }

  /** Raises holds by what `more` says of each unit, all of them or none; asks the endpoint for what is not free here. */
  async grow(request: string, holds: readonly Hold[], more: Record<Unit, Nano>): Promise<Growth> {
    const extra = `${request}+`;
    const raised: AdvanceLine[] = [];
    let isReached = true;
    for (const { advance, unit } of holds) {
      const line = this.#byId(advance);
      const kind = !line || line.tryHold(extra, more[unit]) ? "held" : (await line.need(extra, more[unit])).kind;
      if (line && kind === "held") raised.push(line);
      if (kind === "unreachable") isReached = false;
    }
    for (const line of raised) line.release(extra);
    const whole = raised.length === holds.length;
    if (whole) for (const [index, line] of raised.entries()) line.raise(request, more[holds[index]!.unit]);
    return whole ? "grown" : isReached ? "refused" : "unreachable";
  }

  lower(request: string, holds: readonly Hold[], less: Record<Unit, Nano>): void {
    for (const { advance, unit } of holds) {
      const line = this.#byId(advance);
      line?.raise(request, -less[unit]);
      this.#sendSurplusHome(line);
    }
  }

  release(request: string, holds: readonly { advance: string }[]): void {
    for (const { advance } of holds) {
      const line = this.#byId(advance);
      line?.release(request);
      this.#sendSurplusHome(line);
    }
  }

  settle(request: string, holds: readonly Hold[], used: Record<Unit, Nano>): void {
    this.#tellSoon();
    for (const { advance, unit } of holds) {
      const line = this.#byId(advance);
      this.#sendSurplusHome(line);
      line?.settle(request, used[unit]);
    }
  }

  /** What the endpoint wants back goes as soon as it is free; once the ledger has what freed it. */
  #sendSurplusHome(line: AdvanceLine | undefined): void {
    setImmediate(() => {
      if (line?.isAboveCap) void line.talk();
    });
  }

  /** The allowances as this machine sees them: money in its own advances is not used yet. */
  withOwnFree(allowances: readonly Allowance[]): MachineAllowance[] {
    return allowances.map((allowance) => {
      const own = this.#all().filter(({ advance }) => advance.unit === allowance.unit && advance.keys.includes(allowance.key));
      return { ...allowance, ownFree: formatAmount(own.reduce((sum, line) => sum + line.ownFree(), 0n)) };
    });
  }

  /** Whether a message is under way whose answer will bring newer figures than an event can. */
  get isTalking(): boolean {
    return this.#all().some((line) => line.isTalking);
  }

  /** The endpoint has said something of its own accord: what it refused before, it may grant now. */
  heard(): void {
    for (const line of this.#lines.values()) line.forgetRefusal();
  }

  /** Advances whose allowances are over (a period ended, a rule changed) drain. */
  retire(current: readonly Allowance[]): void {
    this.#current = current;
    this.#lost.allowancesRead();
    this.heard();
    for (const [name, line] of this.#lines)
      if (line.advance.draining || !isCurrent(line, this.#current)) this.#drain(name, line, false);
  }

  recall({ id, cap, close }: { id: string; cap?: string | undefined; close?: boolean | undefined }): void {
    this.#all()
      .find((line) => line.remote === id)
      ?.recall({ cap, close });
  }

  /** Tells the endpoint all that it has not heard; resolves when it has, or cannot be reached. */
  tell(): Promise<void> {
    this.#telling = this.#telling.then(() => this.#tellAll()).catch((error) => this.#parts.log(`advances: ${error}`));
    return this.#telling;
  }

  async #tellAll(): Promise<void> {
    do {
      const open = this.#all().filter((line) => line.isDirty || line.isTalking || line.advance.draining);
      await Promise.all(open.map((line) => line.talk()));
    } while (this.#lost.rescue(this.#all(), this.#current));
    for (const line of this.#draining) if (line.isFinished) this.#draining.delete(line);
  }

  /** Gives all free money back and says so; but for what was taken along, where `travelling`. */
  async goHome(travelling = false): Promise<void> {
    for (const [name, line] of this.#lines) if (!(travelling && line.advance.travel)) this.#drain(name, line, false);
    await this.tell();
  }

  dispose(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#tellTimer);
  }

  #lineFor({ unit, keys }: Pick<Part, "unit" | "keys">): AdvanceLine {
    const name = setName(unit, keys);
    const known = this.#lines.get(name);
    if (known && !known.advance.draining) return known;
    if (known) this.#drain(name, known);
    const stored = freshlyStored(unit, keys, this.#parts.machine);
    const line = new AdvanceLine(newAdvance(stored.id, unit, keys), stored, this.#partsOf(name, unit));
    this.#parts.ledger.saveAdvance(this.#parts.account, stored);
    this.#lines.set(name, line);
    return line;
  }

  #drain(name: string, line: AdvanceLine, tell = true): void {
    this.#lines.delete(name);
    line.drain();
    this.#draining.add(line);
    if (tell) void line.talk();
  }

  #note({ unit, keys, amount }: Part): void {
    const name = setName(unit, keys);
    const now = this.#parts.clock.monotone();
    this.#demands.set(name, withHold(this.#demands.get(name) ?? NO_DEMAND, amount, now));
  }

  #beat(): void {
    const now = this.#parts.clock.monotone();
    for (const line of this.#lines.values()) if (line.advance.travel && now >= line.advance.travel.until) line.endTravel();
    for (const line of this.#lines.values()) if (line.hasTooMuch()) void line.talk();
    void this.tell();
  }

  #tellSoon(): void {
    if (this.#tellTimer) return;
    const pause = Math.max(TELL_AFTER, this.#toldAt + TELL_EVERY - this.#parts.clock.monotone());
    this.#tellTimer = setTimeout(() => {
      this.#tellTimer = undefined;
      this.#toldAt = this.#parts.clock.monotone();
      void this.tell();
    }, pause).unref();
  }

  #byId(id: string): AdvanceLine | undefined {
    return this.#all().find((line) => line.id === id);
  }

  #all(): AdvanceLine[] {
    return [...this.#lines.values(), ...this.#draining];
  }
}

function whyNot(outcome: NeedOutcome): string {
  if (outcome.kind === "refused") return `Only ${showAmount(max(0n, outcome.remaining), "usd")} is left to take along.`;
  if (outcome.kind === "denied") return outcome.reason;
  if (outcome.kind === "closed") return "Your team's rules have just changed. Try again.";
  return "The endpoint cannot be reached. A travel advance is taken before the journey.";
}

/** Names a set of allowances: there is one advance for each. */
function setName(unit: Unit, keys: readonly string[]): string {
  return [unit, ...keys.toSorted()].join("\n");
}

function figures({
  granted,
  spent,
  returned,
  seq,
}: StoredAdvance): Pick<MachineAdvance, "granted" | "spent" | "returned" | "seq"> {
  return { granted, spent, returned, seq };
}

function freshlyStored(unit: Unit, keys: string[], machine: string): StoredAdvance {
  return { id: randomUUID(), remote: undefined, machine, unit, keys, granted: 0n, spent: 0n, returned: 0n, seq: 0 };
}
