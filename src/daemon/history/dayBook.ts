import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import { type CalendarDay, DayFinder } from "../../budget/period/calendarDay.ts";
import type { SpendRow } from "../../budget/spending/spending.ts";
import type { LocalEntry } from "../ledger/records.ts";

/** So many rows a day at most, so that no client makes it grow without end: what is beyond is told apart by its way in alone. */
const MOST_ROWS = 200;

type Sum = Omit<SpendRow, "cost" | "tokens"> & { cost: Nano; tokens: Nano };

/** Entries summed up by day, model, workspace and way in. */
export class DayBook {
  readonly #days = new Map<CalendarDay, Map<string, Sum>>();
  readonly #finder: DayFinder;

  /** @param timeZone IANA name of the one in which the days begin */
  constructor(timeZone: string) {
    this.#finder = new DayFinder(timeZone);
  }

  get timeZone(): string {
    return this.#finder.timeZone;
  }

  /** The day of an instant (epoch ms). */
  dayOf(at: number): CalendarDay {
    return this.#finder.dayOf(at);
  }

  /** The earliest day with an entry. */
  get first(): CalendarDay | undefined {
    return [...this.#days.keys()].sort()[0];
  }

  add({ entry, workspace }: LocalEntry): void {
    const day = this.dayOf(Date.parse(entry.at));
    const rows = this.#days.get(day) ?? new Map<string, Sum>();
    this.#days.set(day, rows);
    const { provider, model, origin } = entry;
    const key = [origin, provider, model, workspace ?? ""].join("\n");
    if (rows.has(key) || rows.size < MOST_ROWS)
      addTo(rows, key, entry, { day, provider, model, origin, ...(workspace && { workspace }) });
    else addTo(rows, origin, entry, { day, provider: "", model: "", origin });
  }

  /** Forgets the days before one. */
  forgetBefore(day: CalendarDay): void {
    for (const known of [...this.#days.keys()]) if (known < day) this.#days.delete(known);
  }

  /** The rows of the days from one to another, oldest first. */
  rows(from: CalendarDay, to: CalendarDay): SpendRow[] {
    const days = [...this.#days.keys()].filter((day) => from <= day && day <= to).sort();
    return days.flatMap((day) => [...this.#days.get(day)!.values()].map(asRow));
  }
}

type Names = Pick<SpendRow, "day" | "provider" | "model" | "workspace" | "origin">;

function addTo(rows: Map<string, Sum>, key: string, { cost, tokens, usageSource }: LocalEntry["entry"], names: Names): void {
  const sum = rows.get(key) ?? { ...names, requests: 0, uncertain: 0, cost: 0n, tokens: 0n };
  sum.requests++;
  if (usageSource === "uncertain") sum.uncertain++;
  sum.cost += parseAmount(cost);
  sum.tokens += parseAmount(tokens);
  rows.set(key, sum);
}

function asRow({ cost, tokens, ...rest }: Sum): SpendRow {
  return { ...rest, cost: formatAmount(cost), tokens: formatAmount(tokens) };
}
