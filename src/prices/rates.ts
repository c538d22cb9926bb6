import type { TokenClass, Usage } from "../wire/usage.ts";
import { TOKEN_CLASSES } from "../wire/usage.ts";

/** Integer pico-USD per token (or per call) as a decimal string of digits: $2.50 per million tokens is `"2500000"`. */
export type PicoUsd = string;

/** Pico-USD per token by class; a class that is absent is priced as `input` (cache and audio in) or `output` (audio out). */
export type Rates = Partial<Record<TokenClass, PicoUsd>> & { input: PicoUsd; output: PicoUsd };

/** What tokens cost, by how many are sent at once. */
export interface Tariff {
  rates: Rates;
  /** The rates for a request whose whole input exceeds `above` tokens, longest last. */
  tiers?: { above: number; rates: Rates }[];
}

/** A tariff of some hours: from `from` until before `to`, UTC, `HH:MM`; `24:00` ends a day. */
export interface HourTariff extends Tariff {
  from: string;
  to: string;
}

/** What a provider charges for another speed of service, relative to its standard rates. */
export interface ServiceTier {
  /** Thousandths of the standard rates: 500 is half. */
  permille: number;
  /** Classes that cost the standard rate nevertheless. */
  except?: TokenClass[];
}

/** What a model may be asked for besides text. */
export type Capability = "tools" | "vision";

/** The price of one model, converted once from its catalogue to integers. */
export interface ModelPrice extends Tariff {
  /** Who serves it, e.g. `openai`. */
  provider: string;
  /** The model's id at that provider, e.g. `gpt-5-mini`. */
  model: string;
  name: string;
  /** Tokens that fit into a request, input and output together, where known. */
  contextWindow?: number;
  /** Output tokens that a request gets at most, where known. */
  maxOutput?: number;
  /** What it can do and cannot, where known. */
  capabilities?: Partial<Record<Capability, boolean>>;
  /** Its provider is about to retire it. */
  deprecated?: boolean;
  /** All hours of a day, where the price changes with them: `rates` and `tiers` are then those of the dearest. */
  hours?: HourTariff[];
  /** By the provider's name for it (`flex`, `batch`, `priority`); one that is not listed costs the standard rates. */
  serviceTiers?: Record<string, ServiceTier>;
  /** Pico-USD for a call of a server-side tool, by the names of `Usage.calls`. */
  calls?: Record<string, PicoUsd>;
  /**
   * Where the figure comes from: the team's policy, the catalogue, a model of one's own that costs nothing (0), or a flat-rate
   * plan (0 for one request more).
   */
  source: "policy" | "catalogue" | "local" | "plan";
}

/** The rates in force. `priceRef` names exactly this list: equal lists have equal refs. */
export interface PriceList {
  priceRef: string;
  /** The day the catalogue was made or, where it was refreshed, last found changed; ISO date. */
  asOf: string;
  /** Whether the catalogue came with the product or was refreshed since. */
  catalogue: "bundled" | "refreshed";
  models: ModelPrice[];
  /** Prices for all models that a pattern matches and that are not in `models`; `model` is the pattern, the last that matches counts. */
  patterns?: ModelPrice[];
}

/** What a cost depends on besides usage and price. */
export interface Terms {
  /** The service tier that the provider reports; absent: its standard one. */
  serviceTier?: string | undefined;
  /** When the request was made (epoch ms); absent: not known, so the dearest hour counts. */
  at?: number | undefined;
}

/**
 * What a call of a server-side tool is assumed to cost where its price is not known: the dearest that is published, grounding by
 * Google Search for Gemini 2.x at $35 per 1,000 prompts (ai.google.dev/gemini-api/docs/pricing). Unknown is never 0.
 */
const UNKNOWN_CALL = 35_000_000_000n;

/**
 * Cost of a usage in nano-USD: the sum over its classes and calls, rounded half up to nano ONCE. The sum is exact: thousandths
 * of a pico-dollar, because service tiers are thousandths of the rates.
 */
export function costOf(usage: Usage, price: ModelPrice, { serviceTier, at }: Terms = {}): bigint {
  const rates = ratesFor(usage, tariffAt(price, at));
  const { permille, except = [] } = tierOf(price, serviceTier);
  let sum = 0n;
  for (const name of TOKEN_CLASSES)
    if (usage[name] > 0)
      sum += BigInt(usage[name]) * rateOf(name, rates) * BigInt(except.includes(name) ? STANDARD.permille : permille);
  for (const [name, count] of Object.entries(usage.calls ?? {})) sum += BigInt(count) * callRate(name, price) * 1000n;
  return (sum + 500_000n) / 1_000_000n;
}

const STANDARD: ServiceTier = { permille: 1000 };

function tierOf({ serviceTiers = {} }: ModelPrice, tier = ""): ServiceTier {
  const name = tier.toLowerCase(); // some APIs shout
  return Object.hasOwn(serviceTiers, name) ? serviceTiers[name]! : STANDARD;
}

function tariffAt(price: ModelPrice, at: number | undefined): Tariff {
  if (!price.hours || at === undefined) return price;
  const time = new Date(at).toISOString().slice(11, 16);
  return price.hours.find(({ from, to }) => from <= time && time < to) ?? price;
}

/** The tier that applies to a usage: tiers are chosen by the whole input, cached or not. */
function ratesFor(usage: Usage, { rates, tiers }: Tariff): Rates {
  const input = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.audioIn;
  return tiers?.findLast((tier) => input > tier.above)?.rates ?? rates;
}

function rateOf(name: TokenClass, rates: Rates): bigint {
  return BigInt(rates[name] ?? (name === "audioOut" ? rates.output : rates.input));
}

/** Where tokens cost nothing, neither do calls that nobody put a price on. */
function callRate(name: string, { calls = {}, source }: ModelPrice): bigint {
  if (Object.hasOwn(calls, name)) return BigInt(calls[name]!);
  return source === "local" || source === "plan" ? 0n : UNKNOWN_CALL;
}
