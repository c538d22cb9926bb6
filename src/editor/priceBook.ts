import type { ModelRef } from "../budget/verdict.ts";
import { dearest, findPrice } from "../prices/find.ts";
import type { ModelPrice, PriceList } from "../prices/rates.ts";
import type { DaemonClient } from "../protocol/client.ts";

/** A model's price for an estimate: where it is not known, that of the dearest known model. */
export interface KnownPrice {
  price: ModelPrice;
  priceKnown: boolean;
}

/** The rates in force, as the daemon has them: fetched when somebody first asks, and again when they change. */
export class PriceBook {
  private readonly client: Pick<DaemonClient, "state" | "prices">;
  private fetched: { ref: string; list: Promise<PriceList> } | undefined;

  constructor(client: Pick<DaemonClient, "state" | "prices">) {
    this.client = client;
  }

  /** @throws when the daemon cannot be reached */
  async list(): Promise<PriceList> {
    const ref = this.client.state?.priceRef ?? "";
    if (this.fetched?.ref === ref) return await this.fetched.list;
    const list = this.client.prices();
    const fetched = { ref, list };
    this.fetched = fetched;
    list.catch(() => {
      if (this.fetched === fetched) this.fetched = undefined;
    });
    return await list;
  }
}

export function knownPrice(list: PriceList, ref: ModelRef): KnownPrice {
  const price = findPrice(list, ref);
  return price ? { price, priceKnown: true } : { price: dearest(list), priceKnown: false };
}

/** The models whose price is known, under the names by which they were asked for. */
export function pricedModels(list: PriceList, refs: readonly ModelRef[]): ModelPrice[] {
  return refs.flatMap((ref) => {
    const price = findPrice(list, ref);
    return price ? [{ ...price, ...ref }] : [];
  });
}

/** Reads `provider/model` or a bare `model`, whose provider is then the price list's, else `provider`. */
export function modelNamed(name: string, list: PriceList, provider: string): ModelRef {
  const slash = name.indexOf("/");
  const whole = slash > 0 && { provider: name.slice(0, slash), model: name.slice(slash + 1) };
  if (whole && list.models.some((price) => price.provider === whole.provider)) return whole;
  const price = findPrice(list, { provider, model: name });
  return { provider: price?.provider ?? provider, model: name };
}
