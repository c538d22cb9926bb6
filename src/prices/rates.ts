import type { TokenClass, Usage } from "../wire/usage.ts";
import { TOKEN_CLASSES } from "../wire/usage.ts";

/** Integer pico-USD per token as a decimal string of digits: $2.50 per million tokens is `"2500000"`. */
export type PicoUsd = string;

/** The price of one model, converted once from its catalogue to integers. */
export interface ModelPrice {
  /** Who serves it, e.g. `openai`. */
  provider: string;
  /** The model's id at that provider, e.g. `gpt-5-mini`. */
  model: string;
  name: string;
  /** Tokens that fit into a request, input and output together, where known. */
  contextWindow?: number;
  maxOutput?: number;
  /** By class; a class that is absent is priced as `input` (cache and audio in) or `output` (audio out). */
  rates: Partial<Record<TokenClass, PicoUsd>> & { input: PicoUsd; output: PicoUsd };
  /** The rates for a request whose whole input exceeds `above` tokens, dearest tier last. */
  tiers?: { above: number; rates: Partial<Record<TokenClass, PicoUsd>> & { input: PicoUsd; output: PicoUsd } }[];
  /** Where the figure comes from: the team's policy, the catalogue, or a model on this machine (0). */
  source: "policy" | "catalogue" | "local";
}

/** The rates in force. `priceRef` names exactly this list: equal lists have equal refs. */
export interface PriceList {
  priceRef: string;
  /** The day the catalogue was made, ISO date. */
  asOf: string;
  models: ModelPrice[];
}

/** Cost of a usage in nano-USD: the sum over its classes in pico-USD, rounded half up to nano ONCE. Calls of server tools are not in it. */
export function costOf(usage: Usage, price: ModelPrice): bigint {
  const rates = ratesFor(usage, price);
  let pico = 0n;
  for (const name of TOKEN_CLASSES) pico += BigInt(usage[name]) * rateOf(name, rates);
  return (pico + 500n) / 1000n;
}

/** The tier that applies to a usage: tiers are chosen by the whole input, cached or not. */
function ratesFor(usage: Usage, price: ModelPrice): ModelPrice["rates"] {
  const input = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.audioIn;
  return price.tiers?.findLast((tier) => input > tier.above)?.rates ?? price.rates;
}

function rateOf(name: TokenClass, rates: ModelPrice["rates"]): bigint {
  return BigInt(rates[name] ?? (name === "audioOut" ? rates.output : rates.input));
}
