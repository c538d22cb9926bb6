import * as z from "zod/mini";
import { Catalogue, type CatalogueModel, PROVIDERS } from "./catalogue.ts";
import { PRICE_KEYS } from "./convert.ts";
import type { ModelPrice, PriceList } from "./rates.ts";

/**
 * The catalogue as its maintainers publish it between releases: `prices/new_data/v2/data.json` of @pydantic/genai-prices, an array of
 * providers. It comes from outside, so every price is checked before it is believed; what is not understood is left out and
 * thereby unknown, never 0.
 */

/** Names are shown: nothing in them may draw an icon or end a line. */
const Name = z.string().check(z.maxLength(120), z.regex(/^[^$\p{C}]+$/u));
/** USD per million tokens or per 1,000 calls, no finer than a pico-dollar. */
const Usd = z.number().check(
  z.minimum(0),
  z.maximum(1_000_000),
  z.refine((usd) => Number(usd.toFixed(6)) === usd, "finer than a pico-dollar"),
);
const Tiers = z.object({
  base: Usd,
  tiers: z.array(z.object({ start: z.int().check(z.minimum(0)), price: Usd })).check(z.maxLength(10)),
});
const Price = z.object(Object.fromEntries(PRICE_KEYS.map((key) => [key, z.optional(z.union([Usd, Tiers]))])));
const Time = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d:\d\d(\.\d+)?Z$/));
const Conditional = z.object({
  // The package names the kind of a condition, the published file does not. One that says more is another condition.
  constraint: z.optional(
    z.union([
      z.strictObject({ type: z.optional(z.literal("start_date")), start_date: z.iso.date() }),
      z.strictObject({ type: z.optional(z.literal("time_of_date")), start_time: Time, end_time: Time }),
    ]),
  ),
  prices: Price,
});
const Model = z.object({
  id: Name,
  name: z.optional(Name),
  match: z.optional(z.object({ or: z.optional(z.array(z.object({ equals: z.optional(z.string()) }))) })),
  context_window: z.optional(z.int().check(z.minimum(1))),
  deprecated: z.optional(z.boolean()),
  prices: z.union([z.array(Conditional).check(z.minLength(1), z.maxLength(50)), Price]),
});
const Providers = z.array(z.looseObject({ id: z.string(), models: z.array(z.unknown()) })).check(z.maxLength(500));

/** Reads a published or stored catalogue. @throws Error when it is no catalogue at all */
export function readCatalogue(data: unknown, asOf: string): Catalogue {
  const read = Providers.safeParse(data);
  if (!read.success) throw new Error("the answer is no catalogue of prices");
  const ours = read.data.filter(({ id }) => PROVIDERS.includes(id));
  const providers = ours.map(({ id, models }) => ({ id, models: models.flatMap(modelIn) }));
  return new Catalogue("refreshed", asOf, providers);
}

function modelIn(data: unknown): CatalogueModel[] {
  const read = Model.safeParse(data);
  return read.success ? [read.data] : [];
}

/** How much of the list that came with the product a newer one must still have, and how many of those prices may differ widely. */
const LEAST_KEPT = 0.5;
const MOST_CHANGED = 0.1;
/** A wide difference: no provider has ever changed a price that much at once. */
const WIDE = 10n;

/**
 * Refuses a list that cannot be right beside the one that came with the product: most models gone, or many prices ten times
 * off, as when a unit is mistaken. @throws Error saying what is wrong
 */
export function checkPlausible(refreshed: PriceList, bundled: PriceList): void {
  const newer = new Map(refreshed.models.map((price) => [`${price.provider}/${price.model}`, price]));
  const kept = bundled.models.flatMap((price) => {
    const now = newer.get(`${price.provider}/${price.model}`);
    return now ? [[price, now] as const] : [];
  });
  if (kept.length < bundled.models.length * LEAST_KEPT)
    throw new Error(`the catalogue has only ${kept.length} of ${bundled.models.length} known models`);
  const changed = kept.filter(([before, after]) => differWidely(before, after));
  if (changed.length > kept.length * MOST_CHANGED)
    throw new Error(`the catalogue has ${changed.length} prices that differ tenfold from the known ones`);
}

function differWidely({ rates: a }: ModelPrice, { rates: b }: ModelPrice): boolean {
  return (["input", "output"] as const).some((name) => {
    const [x, y] = [BigInt(a[name]), BigInt(b[name])];
    return x > y * WIDE || y > x * WIDE;
  });
}
