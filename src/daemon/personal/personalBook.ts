import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import { type PersonalBudget, personalAllowance } from "../../budget/allowance/personal.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { formatAmount, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import { applicable } from "../../budget/verdict/verdict.ts";
import type { Clock } from "../clock.ts";
import type { Book, Growth, Hold, Part, Reservation } from "../guard/book.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** Nobody's: requests of a person who is signed in nowhere. */
const NO_ACCOUNT = "";

interface Open {
  ref: ModelRef;
  /** When its hold was made (epoch ms): its spend belongs to the periods of that instant. */
  at: number;
  held: Record<Unit, Nano>;
}

export interface PersonalBookParts {
  ledger: Ledger;
  clock: Clock;
  /** IANA time zone in which the person's days, weeks and months begin. */
  timeZone: string;
  softLimit: number;
}

/**
 * The budgets that a person has set for themselves. They need nobody's word: this daemon alone spends from them, so what is spent is the sum
 * of the ledger's entries, and a hold fits or does not.
 */
export class PersonalBook implements Book {
  readonly #parts: PersonalBookParts;
  readonly #open = new Map<string, Open>();
  #budgets: readonly PersonalBudget[] = [];
  /** By key of an allowance's period. */
  #spent = new Map<string, Nano>();

  constructor(parts: PersonalBookParts) {
    this.#parts = parts;
  }

  /** Takes other budgets, with what their running periods have spent so far. */
  configure(budgets: readonly PersonalBudget[]): void {
    this.#budgets = budgets;
    this.#spent = new Map();
    const allowances = this.allowances();
    const first = allowances.map(({ period }) => period.start).sort()[0];
    if (first === undefined) return;
    for (const entry of this.#parts.ledger.entriesSince(NO_ACCOUNT, first)) {
      const used = { usd: parseAmount(entry.cost), tokens: parseAmount(entry.tokens) };
      this.#add(
        allowances.filter(({ period }) => Date.parse(period.start) <= Date.parse(entry.at)),
        entry,
        used,
      );
    }
  }

  /** The budgets as allowances of the periods that run now. */
  allowances(): MachineAllowance[] {
    return this.#allowancesAt(this.#parts.clock.wall());
  }

  async reserve(request: string, ref: ModelRef, parts: Part[]): Promise<Reservation> {
    const at = this.#parts.clock.wall();
    const held = amountsOf(parts);
    const short = this.#shortage(ref, at, held);
    if (short) return short;
    this.#open.set(request, { ref, at, held });
    return { kind: "held", holds: holdsOf(parts) };
  }

  force(request: string, parts: Part[], ref: ModelRef): Hold[] {
    this.#open.set(request, { ref, at: this.#parts.clock.wall(), held: amountsOf(parts) });
    return holdsOf(parts);
  }

  beyond(): Nano {
    return 0n;
  }

  async grow(request: string, _holds: readonly Hold[], more: Record<Unit, Nano>): Promise<Growth> {
    const open = this.#open.get(request);
    if (!open || this.#shortage(open.ref, open.at, more)) return "refused";
    this.#open.set(request, { ...open, held: { usd: open.held.usd + more.usd, tokens: open.held.tokens + more.tokens } });
    return "grown";
  }

  lower(request: string, _holds: readonly Hold[], less: Record<Unit, Nano>): void {
    const open = this.#open.get(request);
    if (!open) return;
    const { usd, tokens } = open.held;
    this.#open.set(request, { ...open, held: { usd: usd - less.usd, tokens: tokens - less.tokens } });
  }

  release(request: string): void {
    this.#open.delete(request);
  }

  settle(request: string, _holds: readonly Hold[], used: Record<Unit, Nano>): void {
    const open = this.#open.get(request);
    this.#open.delete(request);
    if (open) this.#add(this.#allowancesAt(open.at), open.ref, used);
  }

  /** The first budget in which so much more does not fit. */
  #shortage(ref: ModelRef, at: number, more: Record<Unit, Nano>): Reservation | undefined {
    for (const { key, unit, limit, spend, held } of applicable(this.#allowancesAt(at), ref)) {
      const remaining = parseAmount(limit) - parseAmount(spend) - parseAmount(held);
      if (more[unit] > 0n && more[unit] > remaining) return { kind: "refused", allowance: key, remaining };
    }
    return undefined;
  }

  #add(allowances: readonly MachineAllowance[], ref: ModelRef, used: Record<Unit, Nano>): void {
    for (const { key, unit } of applicable(allowances, ref)) this.#spent.set(key, (this.#spent.get(key) ?? 0n) + used[unit]);
  }

  #allowancesAt(at: number): MachineAllowance[] {
    const { timeZone, softLimit } = this.#parts;
    return this.#budgets.map((budget) => {
      const allowance = personalAllowance(budget, timeZone, softLimit, at);
      const spend = this.#spent.get(allowance.key) ?? 0n;
      return { ...allowance, spend: formatAmount(spend), held: formatAmount(this.#heldIn(allowance)) };
    });
  }

  /** What open requests hold in the period of an allowance. */
  #heldIn(allowance: MachineAllowance): Nano {
    const [start, end] = [Date.parse(allowance.period.start), Date.parse(allowance.period.resetsAt)];
    let held = 0n;
    for (const open of this.#open.values())
      if (start <= open.at && open.at < end && applicable([allowance], open.ref).length > 0) held += open.held[allowance.unit];
    return held;
  }
}

function amountsOf(parts: readonly Part[]): Record<Unit, Nano> {
  const amounts = { usd: 0n, tokens: 0n };
  for (const { unit, amount } of parts) amounts[unit] = amount;
  return amounts;
}

function holdsOf(parts: readonly Part[]): Hold[] {
  return parts.map(({ unit, amount }) => ({ advance: "", unit, amount }));
}
