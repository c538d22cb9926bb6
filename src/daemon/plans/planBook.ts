import { setImmediate as turn } from "node:timers/promises";
import * as z from "zod/mini";
import { formatAmount, type Nano } from "../../budget/money.ts";
import { type Plan, planFor } from "../../budget/plan/plan.ts";
import { LONGEST_WINDOW, type PlanMeter, type PlanWindow, usedOf, withUse } from "../../budget/plan/planWindow.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LocalEntry } from "../ledger/records.ts";
import type { Log } from "../service.ts";

export interface PlanBookParts {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  prices(): Promise<PriceList>;
  /** The meters show something else than before. */
  changed(): void;
}

/** One plan's window as it runs. */
interface Running {
  window: PlanWindow | undefined;
  /** Uses of the window that could not be told. */
  unknown: number;
}

/** Read at once, before others have their turn. */
const SLICE = 500;

/** Under this name the ledger keeps when the windows began: they run from a first use, which may be longer ago than what is read again. */
const KEPT = "planWindows";
const KeptSchema = z.record(z.string(), z.object({ start: z.number(), end: z.number(), after: z.number() }));

/**
 * How much of each plan's window this machine's requests have used, whatever account they were made with. The ledger's entries are what counts: it
 * reads those of the longest window once, then only what is new.
 */
export class PlanBook {
  readonly #parts: PlanBookParts;
  #plans: readonly Plan[] = [];
  #running = new Map<string, Running>();
  #mark = 0;
  #meters: PlanMeter[] = [];
  #updating: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: PlanBookParts) {
    this.#parts = parts;
  }

  /** In the order of the plans. */
  get meters(): PlanMeter[] {
    return this.#meters;
  }

  /** Takes in what was used since the last time, and other plans. */
  update(plans: readonly Plan[]): Promise<void> {
    const updating = this.#updating.then(() => this.#update(plans));
    this.#updating = updating.catch((error) => this.#parts.log(`plans: ${error}`));
    return this.#updating;
  }

  /** Reads no more: the ledger is about to be closed. */
  dispose(): void {
    this.#closed = true;
  }

  async #update(plans: readonly Plan[]): Promise<void> {
    if (this.#closed) return;
    if (JSON.stringify(plans) !== JSON.stringify(this.#plans)) this.#begin(plans);
    if (plans.length > 0) await this.#read();
    const meters = plans.map((plan) => meterOf(plan, this.#running.get(nameOf(plan))));
    if (JSON.stringify(meters) === JSON.stringify(this.#meters)) return;
    this.#meters = meters;
    this.#parts.changed();
  }

  #begin(plans: readonly Plan[]): void {
    this.#plans = plans;
    this.#mark = 0;
    const kept = KeptSchema.safeParse(this.#parts.ledger.snapshot("", KEPT)).data ?? {};
    const begun = plans.map(nameOf).map((name): [string, Running] => {
      const window = kept[name];
      return [name, { window: window && { ...window, used: 0n }, unknown: 0 }];
    });
    this.#running = new Map(begun);
  }

  async #read(): Promise<void> {
    const { ledger, clock, prices } = this.#parts;
    const list = this.#plans.some(({ unit }) => unit === "credits") ? await prices() : undefined;
    const since = new Date(clock.wall() - LONGEST_WINDOW).toISOString();
    const before = this.#starts();
    while (!this.#closed) {
      const { mark, entries } = ledger.entriesAfter(undefined, this.#mark, since, SLICE);
      for (const { entry, covered } of entries) if (covered) this.#take(entry, list);
      this.#mark = mark;
      if (entries.length < SLICE) break;
      await turn();
    }
    const starts = this.#starts();
    if (!this.#closed && JSON.stringify(starts) !== JSON.stringify(before)) ledger.saveSnapshot("", KEPT, starts);
  }

  #take(entry: LocalEntry["entry"], list: PriceList | undefined): void {
    const first = planFor(this.#plans, entry);
    for (const plan of this.#plans.filter(({ models }) => sameModels(models, first?.models))) {
      const name = nameOf(plan);
      const { window, unknown } = this.#running.get(name)!;
      const amount = usedOf(plan, entry, entry.usage, list);
      const next = withUse(window, plan.window, Date.parse(entry.at), amount ?? 0n);
      const another = next.after !== window?.after;
      this.#running.set(name, { window: next, unknown: (another ? 0 : unknown) + (amount === undefined ? 1 : 0) });
    }
  }

  #starts(): z.infer<typeof KeptSchema> {
    const running = [...this.#running].flatMap(([name, { window }]) => (window ? [[name, spanOf(window)] as const] : []));
    return Object.fromEntries(running);
  }
}

/** A subscription that has two windows (Claude's five hours and week) is written down as two plans for the same models. */
function sameModels(models: readonly string[], others: readonly string[] | undefined): boolean {
  return JSON.stringify(models) === JSON.stringify(others);
}

/** A plan that is written down otherwise, but is for the same models and as long, goes on. */
function nameOf({ window, models }: Plan): string {
  return [window, ...models].join(" ");
}

function spanOf({ start, end, after }: PlanWindow): Omit<PlanWindow, "used"> {
  return { start, end, after };
}

function meterOf({ name, window: kind, unit, limit }: Plan, running: Running | undefined): PlanMeter {
  const { window, unknown = 0 } = running ?? {};
  const used: Nano = window?.used ?? 0n;
  return {
    ...{ name, window: kind, unit, unknown, used: formatAmount(used) },
    ...(limit !== undefined && { limit }),
    ...(window && { resetsAt: new Date(window.end).toISOString() }),
  };
}
