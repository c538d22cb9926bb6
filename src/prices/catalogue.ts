import type { ModelPrice as CataloguePrice, ConditionalPrice, ModelInfo, Provider, TieredPrices } from "@pydantic/genai-prices";
import type { TokenClass } from "../wire/usage.ts";
import { priceList } from "./priceRef.ts";
import type { ModelPrice, PicoUsd, PriceList } from "./rates.ts";

/**
 * The rates that come with the product: text models of the providers' own APIs, from the catalogue @pydantic/genai-prices,
 * converted to integers here and nowhere else.
 */

/** The catalogue's release that the lock file pins, and the day it was published (its data carries neither). */
export const CATALOGUE = { version: "0.1.8", asOf: "2026-09-23" } as const;

/** Providers that sell under their own name; resellers have prices of their own. */
const PROVIDERS = ["openai", "anthropic", "google", "mistral", "x-ai", "deepseek", "moonshotai", "zai", "cohere"];

/** No chat over text: sound, pictures, vectors, tools of one purpose. Fine-tuned and free variants (`:`) have rules of their own. */
const OTHER_PURPOSE =
  /audio|realtime|image|tts|transcribe|embed|moderation|whisper|ocr|live|omni|voice|voxtral|computer-use|search|deep-research|instruct|safeguard|vision|:|\.ft-/;

/** No longer sold, though the catalogue keeps the price for old bills; open models that their maker does not serve; resold ones. */
const RETIRED =
  /^(ada|babbage|curie|davinci|text-|gpt-3\.5-(0|.*-\d|.*16k)|gpt-4-32k|gpt-4\.5|o1-(mini|preview)|claude-(v|2|3-)|gemini-(1|pro|flash)|gemma|grok-2|mi[sx]tral-(tiny|7b|8x|medium-2312|saba)|c4ai|command$|command-light|gpt-oss)/;

/** Names that the catalogue gives as equals of an entry and that people choose as models of their own. */
const SOLD_AS = /^(gpt-[\d.]+-(codex|codex-max|chat-latest)|gpt-5\.6|claude-(opus|sonnet)-4|grok-4|grok-code-fast)$/;

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

/**
 * The catalogue as a price list, as of the instant `now` (epoch ms): some prices begin on a day. Loads the catalogue's package
 * on the first call (about 40 ms).
 * @throws RangeError when a price is finer than a millionth of a dollar per million tokens, so not a whole pico-dollar
 */
export async function loadCatalogue(now: number = Date.now()): Promise<PriceList> {
  const { findProvider } = await import("@pydantic/genai-prices");
  const providers = PROVIDERS.map((providerId) => findProvider({ providerId })).filter((found) => found !== undefined);
  return priceList(
    CATALOGUE.asOf,
    providers.flatMap((provider) => modelsOf(provider, now)),
  );
}

function modelsOf(provider: Provider, now: number): ModelPrice[] {
  const own = provider.models
    .filter((model) => isSold(model, provider))
    .flatMap((model) => {
      const rates = ratesOf(priceAt(model, now));
      return rates ? [modelPrice(provider.id, model, rates)] : [];
    });
  const ids = new Set(own.map(({ model }) => model));
  const more = provider.models.flatMap((model) => {
    const price = own.find((entry) => entry.model === model.id);
    const names = price ? equalNames(model).filter((name) => SOLD_AS.test(name) && !ids.has(name)) : [];
    return names.map((name): ModelPrice => ({ ...price!, model: name, name }));
  });
  return [...own, ...more];
}

function isSold({ id, deprecated }: ModelInfo, provider: Provider): boolean {
  const resold = id.startsWith("claude-") && provider.id !== "anthropic";
  return !deprecated && !resold && !OTHER_PURPOSE.test(id) && !RETIRED.test(id);
}

function equalNames({ match }: ModelInfo): string[] {
  return "or" in match ? match.or.flatMap((part) => ("equals" in part ? [part.equals] : [])) : [];
}

function modelPrice(provider: string, model: ModelInfo, rates: Pick<ModelPrice, "rates" | "tiers">): ModelPrice {
  return {
    provider,
    model: model.id,
    name: model.name ?? model.id,
    ...(model.context_window !== undefined && { contextWindow: model.context_window }),
    ...rates,
    source: "catalogue",
  };
}

/**
 * The price in force: the last that has begun. Where it changes with the hour of the day, the dearest hour's: a list of rates
 * has no clock, and an estimate must not be too low.
 */
function priceAt({ prices }: ModelInfo, now: number): CataloguePrice {
  if (!Array.isArray(prices)) return prices;
  const first = Math.max(
    0,
    prices.findLastIndex((price) => hasBegun(price, now)),
  );
  const hours = prices.slice(first + 1).filter(({ constraint }) => constraint?.type === "time_of_date");
  return [prices[first]!, ...hours].map((entry) => entry.prices).reduce((a, b) => (baseInput(b) > baseInput(a) ? b : a));
}

function hasBegun({ constraint }: ConditionalPrice, now: number): boolean {
  return !constraint || (constraint.type === "start_date" && now >= Date.parse(constraint.start_date));
}

function baseInput(price: CataloguePrice): number {
  const input = price[CLASSES.input];
  return typeof input === "object" ? input.base : (input ?? 0);
}

/** The rates in pico-USD, with one complete set of rates for each tier; undefined for a model that is not sold by the token. */
function ratesOf(price: CataloguePrice): Pick<ModelPrice, "rates" | "tiers"> | undefined {
  const starts = new Set(
    Object.values(price).flatMap((rate) => (typeof rate === "object" ? rate.tiers.map(({ start }) => start) : [])),
  );
  const rates = ratesFrom(price, 0);
  if (!rates || price.requests_kcount !== undefined) return undefined;
  const tiers = [...starts].sort((a, b) => a - b).map((above) => ({ above, rates: ratesFrom(price, above + 1)! }));
  return { rates, ...(tiers.length > 0 && { tiers }) };
}

/** The rates for a request of `input` tokens. */
function ratesFrom(price: CataloguePrice, input: number): ModelPrice["rates"] | undefined {
  const known = Object.entries(CLASSES).flatMap(([name, key]) => {
    const rate = price[key];
    return rate === undefined ? [] : [[name, picoPerToken(usdPerMillion(rate, input))] as const];
  });
  const rates: Partial<Record<TokenClass, PicoUsd>> = Object.fromEntries(known);
  return rates.input && rates.output ? { ...rates, input: rates.input, output: rates.output } : undefined;
}

/** Tiers begin ABOVE their start, and price the whole request. */
function usdPerMillion(rate: number | TieredPrices, input: number): number {
  return typeof rate === "number" ? rate : (rate.tiers.findLast(({ start }) => input > start)?.price ?? rate.base);
}

/** A price in USD per million tokens is, times 1,000,000, that in pico-USD per token; by its decimal digits, never by a product of floats. */
export function picoPerToken(usdPerMillion: number): PicoUsd {
  const digits = usdPerMillion.toFixed(6);
  if (Number(digits) !== usdPerMillion) throw new RangeError(`not a whole pico-dollar: ${usdPerMillion} USD per million tokens`);
  return BigInt(digits.replace(".", "")).toString();
}
