import { usageOf } from "../wire/usage.ts";
import { matchesModel } from "./pattern.ts";
import { costOf, type ModelPrice, type PriceList } from "./rates.ts";

/** The request by which models are called dear or cheap: about what an assistant sends and gets in one turn. */
const TYPICAL = usageOf({ input: 10_000, output: 1_000 });

/**
 * The price of a model: by provider and model, where need be by its name without a date (`-20250929`, `-2025-09-29`), `-latest`
 * or a vendor's prefix (`openai/…`); then by a pattern of the team's; then by those names at whatever provider. Anything further
 * would be a guess: undefined. A team's own price goes before the catalogue's at every step. Case does not count, but in patterns.
 */
export function findPrice(list: PriceList, ref: { provider: string; model: string }): ModelPrice | undefined {
  const prices = namesOf(ref.model.toLowerCase()).map((name) => byName(list).get(name) ?? []);
  const provider = ref.provider.toLowerCase();
  const own = firstOf(prices.map((some) => some.filter((price) => price.provider.toLowerCase() === provider)));
  if (own) return own;
  const pattern = list.patterns?.findLast((price) => matchesModel(price.model, ref));
  const elsewhere = firstOf(prices);
  return pattern ? { ...aboutModel(elsewhere), ...pattern, ...ref, name: elsewhere?.name ?? ref.model } : elsewhere;
}

/** The prices of each list by the model's name in small letters, as they stand in the list: a catalogue has thousands. */
const named = new WeakMap<PriceList, Map<string, ModelPrice[]>>();

function byName(list: PriceList): Map<string, ModelPrice[]> {
  const known = named.get(list);
  if (known) return known;
  const prices = Map.groupBy(list.models, ({ model }) => model.toLowerCase());
  named.set(list, prices);
  return prices;
}

/** Of the first that are any: a team's own before the catalogue's. */
function firstOf(prices: readonly (readonly ModelPrice[])[]): ModelPrice | undefined {
  const found = prices.find((some) => some.length > 0);
  return found?.find(({ source }) => source !== "catalogue") ?? found?.[0];
}

/** What is so whoever serves a model. */
function aboutModel(price: ModelPrice | undefined): Pick<ModelPrice, "contextWindow" | "maxOutput" | "capabilities"> {
  const { contextWindow, maxOutput, capabilities } = price ?? {};
  return {
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(capabilities && { capabilities }),
  };
}

/** A model's names from the given one to the plainest. */
function namesOf(model: string): string[] {
  const bare = model.slice(model.lastIndexOf("/") + 1);
  return [...new Set([model, bare, plain(bare), `${plain(bare)}-latest`])];
}

function plain(model: string): string {
  return model.replace(/-(latest|\d{8}|\d{4}-\d{2}-\d{2})$/, "");
}

/** Reads `provider/model` or a bare `model`, whose provider is then the price list's, else `provider`. */
export function refNamed(name: string, list: PriceList, provider: string): { provider: string; model: string } {
  const slash = name.indexOf("/");
  const whole = slash > 0 && { provider: name.slice(0, slash), model: name.slice(slash + 1) };
  if (whole && list.models.some((price) => price.provider === whole.provider)) return whole;
  const price = findPrice(list, { provider, model: name });
  return { provider: price?.provider ?? provider, model: name };
}

/** The model that a typical request costs most at: what an unknown price is held at. @throws RangeError on an empty list */
export function dearest(list: PriceList): ModelPrice {
  const first = list.models[0];
  if (!first) throw new RangeError("a price list without models");
  return list.models.reduce((a, b) => (costOf(TYPICAL, b) > costOf(TYPICAL, a) ? b : a), first);
}
