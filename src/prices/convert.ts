import type { TokenClass } from "../wire/usage.ts";
import type { HourTariff, ModelPrice, PicoUsd, Rates, Tariff } from "./rates.ts";

/** One price of the catalogue @pydantic/genai-prices: USD per million tokens (`…_mtok`) or per 1,000 calls (`…_kcount`) by key. */
export type CataloguePrice = Readonly<Record<string, number | CatalogueTiers | undefined>>;

/** A price by the size of the input: `base`, and from above each `start` (tokens) another. */
export interface CatalogueTiers {
  base: number;
  tiers: { start: number; price: number }[];
}

/** A price that holds from a day on, or at some hours (`HH:MM:SSZ`) of every day; the last that holds counts. */
export interface ConditionalPrice {
  constraint?: { start_date: string } | { start_time: string; end_time: string } | undefined;
  prices: CataloguePrice;
}

/** The catalogue's keys of the classes in which usage is counted. */
const CLASSES: Record<TokenClass, string> = {
  input: "input_mtok",
  cacheRead: "cache_read_mtok",
  cacheWrite5m: "cache_write_mtok",
  cacheWrite1h: "cache_write_1h_mtok",
  output: "output_mtok",
  audioIn: "input_audio_mtok",
  audioOut: "output_audio_mtok",
};

/** The catalogue's keys of calls of server-side tools. */
const CALLS = { webSearch: "web_searches_kcount", fileSearch: "storage_searches_kcount" } as const;

/** A price by the request, which no usage of ours has. */
const BY_REQUEST = "requests_kcount";

/** All keys that are read. */
export const PRICE_KEYS: readonly string[] = [...Object.values(CLASSES), ...Object.values(CALLS), BY_REQUEST];

/**
 * The price in force at an instant (epoch ms), in integers; with the tariffs of all hours where it changes with the hour of the
 * day. Undefined for a model that is not sold by the token, or is free: a price of 0 is not believed.
 * @throws RangeError when a price is finer than a pico-dollar
 */
export function convertPrice(
  prices: CataloguePrice | readonly ConditionalPrice[],
  now: number,
): (Tariff & Pick<ModelPrice, "hours" | "calls">) | undefined {
  const all = Array.isArray(prices) ? (prices as readonly ConditionalPrice[]) : [{ prices: prices as CataloguePrice }];
  const begun = Math.max(
    0,
    all.findLastIndex((price) => hasBegun(price, now)),
  );
  const base = all[begun]!.prices;
  const hours = all.slice(begun + 1).filter(({ constraint }) => constraint && "start_time" in constraint);
  const dearest = [base, ...hours.map((entry) => entry.prices)].reduce((a, b) => (inputOf(b) > inputOf(a) ? b : a));
  const tariff = tariffOf(dearest);
  if (!tariff || dearest[BY_REQUEST] !== undefined) return undefined;
  const calls = callsOf(dearest);
  return { ...tariff, ...(hours.length > 0 && { hours: hoursOf(base, hours) }), ...(calls && { calls }) };
}

function hasBegun({ constraint }: ConditionalPrice, now: number): boolean {
  return !constraint || ("start_date" in constraint && now >= Date.parse(constraint.start_date));
}

function inputOf(price: CataloguePrice): number {
  const input = price[CLASSES.input];
  return typeof input === "object" ? input.base : (input ?? 0);
}

/** A day cut where the price changes, each piece with the last tariff that holds in it. */
function hoursOf(base: CataloguePrice, entries: readonly ConditionalPrice[]): HourTariff[] {
  const windows = entries.flatMap(({ constraint, prices }) =>
    constraint && "start_time" in constraint
      ? [{ from: minuteOf(constraint.start_time), to: minuteOf(constraint.end_time), prices }]
      : [],
  );
  const cuts = [...new Set(["00:00", "24:00", ...windows.flatMap(({ from, to }) => [from, to])])].sort();
  return cuts.slice(0, -1).map((from, index) => {
    const holds = windows.findLast((window) => isWithin(from, window));
    return { from, to: cuts[index + 1]!, ...tariffOf(holds?.prices ?? base)! };
  });
}

function minuteOf(time: string): string {
  return time.slice(0, 5);
}

/** A window that ends before it begins goes over midnight. */
function isWithin(time: string, { from, to }: { from: string; to: string }): boolean {
  return from <= to ? from <= time && time < to : from <= time || time < to;
}

/** The rates in pico-USD, with one complete set of rates for each tier. */
function tariffOf(price: CataloguePrice): Tariff | undefined {
  const rates = ratesAt(price, 0);
  if (!rates) return undefined;
  const starts = new Set(
    Object.values(price).flatMap((rate) => (typeof rate === "object" ? rate.tiers.map(({ start }) => start) : [])),
  );
  const tiers = [...starts].sort((a, b) => a - b).map((above) => ({ above, rates: ratesAt(price, above + 1)! }));
  return { rates, ...(tiers.length > 0 && { tiers }) };
}

/** The rates for a request of `input` tokens. */
function ratesAt(price: CataloguePrice, input: number): Rates | undefined {
  const known = Object.entries(CLASSES).flatMap(([name, key]) => {
    const rate = price[key];
    return rate === undefined ? [] : [[name, picoPerToken(usdPerMillion(rate, input))] as const];
  });
  const rates: Partial<Record<TokenClass, PicoUsd>> = Object.fromEntries(known);
  return isPositive(rates.input) && isPositive(rates.output) ? { ...rates, input: rates.input, output: rates.output } : undefined;
}

function isPositive(rate: PicoUsd | undefined): rate is PicoUsd {
  return rate !== undefined && rate !== "0";
}

/** Tiers begin ABOVE their start, and price the whole request. */
function usdPerMillion(rate: number | CatalogueTiers, input: number): number {
  return typeof rate === "number" ? rate : (rate.tiers.findLast(({ start }) => input > start)?.price ?? rate.base);
}

function callsOf(price: CataloguePrice): Record<string, PicoUsd> | undefined {
  const known = Object.entries(CALLS).flatMap(([name, key]) => {
    const rate = price[key];
    return typeof rate === "number" ? [[name, picoPerCall(rate)] as const] : [];
  });
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

/** A price in USD per million tokens is, times 1,000,000, that in pico-USD per token; by its decimal digits, never by a product of floats. */
export function picoPerToken(usdPerMillion: number): PicoUsd {
  return shifted(usdPerMillion, 6);
}

/** A price in USD per 1,000 calls is, times 1,000,000,000, that in pico-USD per call. */
function picoPerCall(usdPerThousand: number): PicoUsd {
  return shifted(usdPerThousand, 9);
}

/** `usd` times ten to the power of `digits`. @throws RangeError when that is no integer */
function shifted(usd: number, digits: number): PicoUsd {
  const text = usd.toFixed(digits);
  if (Number(text) !== usd) throw new RangeError(`not a whole pico-dollar: ${usd} USD`);
  return BigInt(text.replace(".", "")).toString();
}
