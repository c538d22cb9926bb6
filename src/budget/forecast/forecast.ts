import { type Figures, figuresOf, type MachineAllowance } from "../allowance/allowance.ts";
import { paceOf } from "../allowance/pace.ts";
import { ONE } from "../money.ts";
import type { SpendPattern } from "./spendPattern.ts";

/** Where an allowance will be at its reset. */
export interface Forecast {
  /** `close`: whether it lasts is a toss-up, so no date is told. `unknown`: it is too early to tell. */
  outlook: "unknown" | "lasts" | "close" | "runsOut" | "spent";
  /** Expected share of the limit used at the reset, as things go on; absent where unknown. */
  share?: number;
  /** When it runs out, of which nine of ten cases lie between `early` and `late` (epoch ms; `late` may be the reset). Set where it runs out. */
  runsOut?: { at: number; early: number; late: number };
}

/** How days have been, and in which time zone they begin. */
export interface Habits {
  /** Undefined where too little is known. */
  pattern: SpendPattern | undefined;
  /** IANA time zone of `pattern`. */
  timeZone: string;
}

const DAY_MS = 86_400_000;
/** Where nothing is known of somebody's days: all alike, and as varied as their mean. */
const UNIFORM: Omit<SpendPattern, "daily"> = { weekdays: [1, 1, 1, 1, 1, 1, 1], variation: 1 };
/** So many average days of this period weigh as much as all that was before it. */
const PRIOR_DAYS = 3;
/** A date is told where at least two of three cases run out, and "lasts" where at most one does. */
const LIKELY = 2 / 3;
/** Of a normal distribution one in twenty lies further out, on each side. */
const NINE_OF_TEN = 1.645;

/**
 * Where an allowance will be at its reset, `now` (epoch ms, by the endpoint's clock) and as things go on. The days of the rest of the period
 * use what their weekdays usually do, at the level of this period so far, which what was before steadies. Without a pattern it is the linear
 * pace (`paceOf`).
 *
 * With L the expected spend of an average day, known from n days, and v its variation, the spend of d further average days is taken
 * to be normal with mean L d and variance (v L)^2 (d + d^2 / n): that of the days themselves, and of L. (The usual prediction interval of a
 * compound Poisson process whose rate was estimated from n days.)
 */
export function forecastOf(
  allowance: MachineAllowance,
  now: number,
  { pattern, timeZone }: Habits,
  figures: Figures = figuresOf(allowance),
): Forecast {
  const start = Date.parse(allowance.period.start);
  const end = Date.parse(allowance.period.resetsAt);
  if (figures.left === 0n) return { outlook: "spent", share: figures.share };
  if (!pattern && !paceOf(allowance, now, figures).ratio) return { outlook: "unknown" };
  const { weekdays, variation } = pattern ?? UNIFORM;
  const calendar = new Workdays(start, weekdays, timeZone);
  const passed = calendar.between(start, Math.min(now, end));
  const [used, left] = [figures.used, figures.left].map((nano) => Number(nano) / Number(ONE)) as [number, number];
  const known = passed + (pattern ? PRIOR_DAYS : 0);
  const level = (used + (pattern ? PRIOR_DAYS * pattern.daily : 0)) / known;
  if (!(level > 0) || now >= end) return { outlook: "unknown" };
  const ahead = calendar.between(now, end);
  const expected = level * ahead;
  const share = figures.share + expected / (Number(figures.limit) / Number(ONE));
  const deviation = variation * level * Math.sqrt(ahead + ahead ** 2 / known);
  const chance = normal((expected - left) / deviation);
  if (chance <= 1 - LIKELY) return { outlook: "lasts", share };
  if (chance < LIKELY) return { outlook: "close", share };
  const days = left / level;
  const { early, late } = range(days, variation, known);
  const after = (more: number) => Math.min(end, calendar.after(now, more));
  return { outlook: "runsOut", share, runsOut: { at: after(days), early: after(early), late: after(late) } };
}

/** Average days after which nine of ten cases have passed `days` average days' spend: the roots of (d - r)^2 = (z v)^2 (d + d^2 / n). */
function range(days: number, variation: number, known: number): { early: number; late: number } {
  const q = (NINE_OF_TEN * variation) ** 2;
  const root = Math.sqrt(Math.max(0, (2 * days + q) ** 2 - 4 * (1 - q / known) * days ** 2));
  // The smaller root, written so that it holds for every sign of 1 - q/n.
  const early = (2 * days ** 2) / (2 * days + q + root);
  const divisor = 2 * (1 - q / known);
  return { early, late: divisor > 0 ? (2 * days + q + root) / divisor : Number.POSITIVE_INFINITY };
}

/** Time as average days: a Sunday may be a tenth of one. Days of 24 hours from the period's start: an hour of summer time does not matter here. */
class Workdays {
  readonly #start: number;
  /** From the weekday of the start on. */
  readonly #weights: number[];

  constructor(start: number, weekdays: readonly number[], timeZone: string) {
    this.#start = start;
    const first = weekdayAt(start, timeZone);
    this.#weights = Array.from({ length: 7 }, (_, index) => weekdays[(first + index) % 7]!);
  }

  between(from: number, to: number): number {
    return Math.max(0, this.#upTo(to) - this.#upTo(from));
  }

  /** The instant so many average days after another. */
  after(from: number, days: number): number {
    if (!Number.isFinite(days)) return Number.POSITIVE_INFINITY;
    let left = this.#upTo(from) + days;
    const week = this.#weights.reduce((sum, weight) => sum + weight, 0);
    const weeks = Math.floor(left / week);
    left -= weeks * week;
    let day = 0;
    while (day < 6 && left >= this.#weights[day]!) left -= this.#weights[day++]!;
    const fraction = this.#weights[day]! > 0 ? Math.min(1, left / this.#weights[day]!) : 0;
    return this.#start + (weeks * 7 + day + fraction) * DAY_MS;
  }

  #upTo(at: number): number {
    const days = Math.max(0, (at - this.#start) / DAY_MS);
    const whole = Math.floor(days);
    let sum = 0;
    for (let day = 0; day < whole % 7; day++) sum += this.#weights[day]!;
    const week = this.#weights.reduce((total, weight) => total + weight, 0);
    return sum + Math.floor(whole / 7) * week + (days - whole) * this.#weights[whole % 7]!;
  }
}

/** 0 for Monday to 6 for Sunday. */
function weekdayAt(at: number, timeZone: string): number {
  const name = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short" }).format(at);
  return ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(name);
}

/** The normal distribution function, to 1e-7 (Abramowitz and Stegun, 26.2.17). */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x >= 0 ? 1 - tail : tail;
}
