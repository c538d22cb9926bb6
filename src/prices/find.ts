import { usageOf } from "../wire/usage.ts";
import { costOf, type ModelPrice, type PriceList } from "./rates.ts";

/** The request by which models are called dear or cheap: about what an assistant sends and gets in one turn. */
const TYPICAL = usageOf({ input: 10_000, output: 1_000 });

/**
 * The price of a model: by provider and model; then by the model's name at whatever provider; then by its name without a date
 * (`-20250929`, `-2025-09-29`), `-latest` or a vendor's prefix (`openai/…`). Anything further would be a guess: undefined.
 * A team's own price goes before the catalogue's at every step. Case does not count.
 */
export function findPrice(list: PriceList, ref: { provider: string; model: string }): ModelPrice | undefined {
  const provider = ref.provider.toLowerCase();
  for (const name of namesOf(ref.model.toLowerCase())) {
    const named = list.models.filter((price) => price.model.toLowerCase() === name);
    const found = named.filter((price) => price.provider.toLowerCase() === provider);
    const best = pick(found) ?? pick(named);
    if (best) return best;
  }
  return undefined;
}

/** A model's names from the given one to the plainest. */
function namesOf(model: string): string[] {
  const bare = model.slice(model.lastIndexOf("/") + 1);
  return [...new Set([model, bare, plain(bare), `${plain(bare)}-latest`])];
}

function plain(model: string): string {
  return model.replace(/-(latest|\d{8}|\d{4}-\d{2}-\d{2})$/, "");
}

function pick(prices: ModelPrice[]): ModelPrice | undefined {
  return prices.find(({ source }) => source === "policy") ?? prices[0];
}

/** The model that a typical request costs most at: what an unknown price is held at. @throws RangeError on an empty list */
export function dearest(list: PriceList): ModelPrice {
  const first = list.models[0];
  if (!first) throw new RangeError("a price list without models");
  return list.models.reduce((a, b) => (costOf(TYPICAL, b) > costOf(TYPICAL, a) ? b : a), first);
}
