import { type CataloguePrice, type ConditionalPrice, convertPrice } from "./convert.ts";
import { limitsOf } from "./limits.ts";
import { priceList } from "./priceRef.ts";
import type { ModelPrice, PicoUsd, PriceList } from "./rates.ts";
import { serviceTiersOf } from "./serviceTiers.ts";

/**
 * The rates of text models at the providers' own APIs, from the catalogue @pydantic/genai-prices: as it comes with the product,
 * or as it was refreshed since.
 */

/** The catalogue's release that the lock file pins, and the day it was published (its data carries neither). */
export const CATALOGUE = { version: "0.1.8", asOf: "2026-09-23" } as const;

/** Providers that sell under their own name; resellers have prices of their own. */
export const PROVIDERS = ["openai", "anthropic", "google", "mistral", "x-ai", "deepseek", "moonshotai", "zai", "cohere"];

/** No chat over text: sound, pictures, vectors, tools of one purpose. Fine-tuned and free variants (`:`) have rules of their own. */
const OTHER_PURPOSE =
  /audio|realtime|image|tts|transcribe|embed|moderation|whisper|ocr|live|omni|voice|voxtral|computer-use|search|deep-research|instruct|safeguard|vision|:|\.ft-/;

/** No longer sold, though the catalogue keeps the price for old bills; open models that their maker does not serve; resold ones. */
const RETIRED =
  /^(ada|babbage|curie|davinci|text-|gpt-3\.5-(0|.*-\d|.*16k)|gpt-4-32k|gpt-4\.5|o1-(mini|preview)|claude-(v|2|3-)|gemini-(1|pro|flash)|gemma|grok-2|mi[sx]tral-(tiny|7b|8x|medium-2312|saba)|c4ai|command$|command-light|gpt-oss)/;

/** Names that the catalogue gives as equals of an entry and that people choose as models of their own. */
const SOLD_AS = /^(gpt-[\d.]+-(codex|codex-max|chat-latest)|gpt-5\.6|claude-(opus|sonnet)-4|grok-4|grok-code-fast)$/;

/**
 * Calls of server-side tools whose price the catalogue does not have: Anthropic's fetches cost nothing but tokens
 * (platform.claude.com/docs/en/about-claude/pricing), Google's searches $14 per 1,000 from Gemini 3 on and $35 before, the free ones of
 * each month aside (ai.google.dev/gemini-api/docs/pricing).
 */
function moreCalls(provider: string, model: string): Record<string, PicoUsd> {
  if (provider === "anthropic") return { webFetch: "0" };
  if (provider === "google") return { webSearch: /^gemini-[12]/.test(model) ? "35000000000" : "14000000000" };
  return {};
}

/** What is read of one provider of the catalogue. */
export interface CatalogueProvider {
  id: string;
  models: CatalogueModel[];
}
export interface CatalogueModel {
  id: string;
  /** Names that mean this model; only `{ or: [{ equals }] }` is read. */
  match?: unknown;
  name?: string | undefined;
  context_window?: number | undefined;
  deprecated?: boolean | undefined;
  prices: CataloguePrice | ConditionalPrice[];
}

const DAY = 86_400_000;

/** One edition of the catalogue, and the price list that it makes on each day: some prices begin on a day. */
export class Catalogue {
  readonly origin: PriceList["catalogue"];
  readonly asOf: string;
  /** What it was made from, to be stored. */
  readonly providers: readonly CatalogueProvider[];
  readonly #days = new Map<number, PriceList>();
  readonly #lists = new Map<string, PriceList>();

  constructor(origin: PriceList["catalogue"], asOf: string, providers: readonly CatalogueProvider[]) {
    this.origin = origin;
    this.asOf = asOf;
    this.providers = providers;
  }

  /** The prices in force at the instant `now` (epoch ms): the same object for as long as they do not change. @throws RangeError as `convertPrice` does */
  at(now: number): PriceList {
    const day = Math.floor(now / DAY);
    const known = this.#days.get(day);
    if (known) return known;
    const models = this.providers.flatMap((provider) => modelsOf(provider, day * DAY));
    const made = priceList({ asOf: this.asOf, catalogue: this.origin, models });
    const list = this.#lists.get(made.priceRef) ?? made;
    this.#lists.set(list.priceRef, list);
    this.#days.set(day, list);
    return list;
  }
}

let bundled: Promise<Catalogue> | undefined;

/** The catalogue that comes with the product. Loads the catalogue's package on the first call (about 40 ms). */
export function bundledCatalogue(): Promise<Catalogue> {
  bundled ??= import("@pydantic/genai-prices").then(({ findProvider }) => {
    const providers = PROVIDERS.map((providerId) => findProvider({ providerId })).filter((found) => found !== undefined);
    return new Catalogue("bundled", CATALOGUE.asOf, providers);
  });
  return bundled;
}

function modelsOf(provider: CatalogueProvider, now: number): ModelPrice[] {
  const own = provider.models
    .filter((model) => isSold(model, provider))
    .flatMap((model) => {
      const price = convertPrice(model.prices, now);
      return price ? [{ model, price: modelPrice(provider.id, model, price) }] : [];
    });
  const ids = new Set(own.map(({ model }) => model.id));
  const more = own.flatMap(({ model, price }) =>
    equalNames(model)
      .filter((name) => SOLD_AS.test(name) && !ids.has(name))
      .map((name): ModelPrice => ({ ...price, ...about(provider.id, name), model: name, name })),
  );
  return [...own.map(({ price }) => price), ...more];
}

function isSold({ id }: CatalogueModel, provider: CatalogueProvider): boolean {
  const resold = id.startsWith("claude-") && provider.id !== "anthropic";
  return !resold && !OTHER_PURPOSE.test(id) && !RETIRED.test(id);
}

function equalNames({ match }: CatalogueModel): string[] {
  const parts = (match as { or?: unknown } | null | undefined)?.or;
  if (!Array.isArray(parts)) return [];
  return parts.map((part) => (part as { equals?: unknown } | null)?.equals).filter((name) => typeof name === "string");
}

function modelPrice(provider: string, model: CatalogueModel, price: NonNullable<ReturnType<typeof convertPrice>>): ModelPrice {
  const calls = { ...moreCalls(provider, model.id), ...price.calls };
  return {
    provider,
    model: model.id,
    name: model.name ?? model.id,
    ...(model.context_window !== undefined && { contextWindow: model.context_window }),
    ...(model.deprecated && { deprecated: true }),
    ...price,
    ...(Object.keys(calls).length > 0 && { calls }),
    ...about(provider, model.id),
    source: "catalogue",
  };
}

/** What the catalogue does not say of a model. */
function about(provider: string, model: string): Pick<ModelPrice, "maxOutput" | "capabilities" | "serviceTiers"> {
  const serviceTiers = serviceTiersOf(provider, model);
  return { ...limitsOf(model), ...(serviceTiers && { serviceTiers }) };
}
