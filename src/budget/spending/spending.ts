import { type Decimal, type Nano, parseAmount, shareOf, type Unit } from "../money.ts";
import { type CalendarDay, daysFrom, daysLater } from "../period/calendarDay.ts";

/** What the requests of one day to one model, from one workspace and by one way in, have used. */
export interface SpendRow {
  day: CalendarDay;
  /** Both empty: several models, of a day that had too many to tell them apart. */
  provider: string;
  model: string;
  /** Absent: none, or not to be remembered. */
  workspace?: string;
  /** Which way in they came. */
  origin: string;
  requests: number;
  /** Of them those that ended unseen, charged at their estimate. */
  uncertain: number;
  /** USD. */
  cost: Decimal;
  /** As the policy weights them. */
  tokens: Decimal;
}

/** What spend can be told apart by. */
export const DIMENSIONS = ["day", "model", "workspace", "origin"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The spend of all rows that have one value of a dimension in common. Amounts in nano. */
export interface SpendPart {
  /** The day, `provider/model`, workspace or way in; empty where it is not known. */
  value: string;
  requests: number;
  uncertain: number;
  cost: Nano;
  tokens: Nano;
  /** Of all rows' spend in the unit asked for, 0..1. */
  share: number;
}

/** Splits rows by a dimension: days in their order, all else by what has used most. `unit`: what shares are of. */
export function partsBy(rows: readonly SpendRow[], dimension: Dimension, unit: Unit): SpendPart[] {
  const parts = new Map<string, Omit<SpendPart, "share">>();
  for (const row of rows) {
    const value = nameIn(row, dimension);
    const part = parts.get(value) ?? { value, requests: 0, uncertain: 0, cost: 0n, tokens: 0n };
    parts.set(value, {
      value,
      requests: part.requests + row.requests,
      uncertain: part.uncertain + row.uncertain,
      cost: part.cost + parseAmount(row.cost),
      tokens: part.tokens + parseAmount(row.tokens),
    });
  }
  const total = totalOf(rows)[unit];
  const shares = [...parts.values()].map((part): SpendPart => {
    const spent = amountOf(part, unit);
    return { ...part, share: spent === 0n ? 0 : shareOf(spent, total) };
  });
  return shares.sort(dimension === "day" ? byValue : byAmount(unit));
}

/** What a part has used, in a unit. */
export function amountOf({ cost, tokens }: Pick<SpendPart, "cost" | "tokens">, unit: Unit): Nano {
  return unit === "usd" ? cost : tokens;
}

/** The sum of all rows, by unit. */
export function totalOf(rows: readonly SpendRow[]): Record<Unit, Nano> {
  const total = { usd: 0n, tokens: 0n };
  for (const { cost, tokens } of rows) {
    total.usd += parseAmount(cost);
    total.tokens += parseAmount(tokens);
  }
  return total;
}

/** The spend of each day from one to another, those without any included. */
export function spendByDay(
  rows: readonly SpendRow[],
  from: CalendarDay,
  to: CalendarDay,
  unit: Unit,
): { day: CalendarDay; spent: Nano }[] {
  const spent = new Map(partsBy(rows, "day", unit).map((part) => [part.value, amountOf(part, unit)]));
  return Array.from({ length: Math.max(0, daysFrom(from, to) + 1) }, (_, index) => {
    const day = daysLater(from, index);
    return { day, spent: spent.get(day) ?? 0n };
  });
}

function nameIn({ day, provider, model, workspace, origin }: SpendRow, dimension: Dimension): string {
  if (dimension === "model") return model && (provider ? `${provider}/${model}` : model);
  return { day, workspace: workspace ?? "", origin }[dimension];
}

function byValue(a: SpendPart, b: SpendPart): number {
  return a.value < b.value ? -1 : 1;
}

/** The largest first; what cost the same, by requests and then by name. */
function byAmount(unit: Unit) {
  return (a: SpendPart, b: SpendPart): number => {
    const difference = amountOf(b, unit) - amountOf(a, unit);
    if (difference !== 0n) return difference > 0n ? 1 : -1;
    return b.requests - a.requests || byValue(a, b);
  };
}
