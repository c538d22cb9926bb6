import type { ModelPrice, ServiceTier } from "./rates.ts";

/**
 * What service tiers cost, which the catalogue does not say. Sources, as of November 2026:
 * - OpenAI: Batch and Flex are half of standard, cached input and cache writes too (developers.openai.com/api/docs/pricing); Priority
 *   by model from openai.com/api-priority-processing, and twice standard for GPT-5.6 and GPT-6, whose newest name for it is fast mode;
 * - Anthropic: Batch is half of standard and stacks with the prices of caching (platform.claude.com/docs/en/about-claude/pricing).
 *   Its `priority` is capacity paid for beforehand, so its tokens are counted at the standard rates. Its fast mode is documented at
 *   six times standard, caching included, for Opus 4.6, and taken to be that for others;
 * - Google: Batch and Flex are half of standard, Priority is 75 % to 100 % more (ai.google.dev/gemini-api/docs/optimization), 1.8
 *   times for 3.7 and 3.8 Flash as the catalogue notes. The halves are documented for input and output; what comes out of a cache
 *   is assumed to keep its price.
 */
const HALF: ServiceTier = { permille: 500 };

/** OpenAI's premium for Priority, by model; the first that matches. Anything else: the dearest that is documented. */
const OPENAI_PRIORITY: [RegExp, number][] = [
  [/^gpt-4\.1/, 1_750],
  [/^gpt-5-mini/, 1_800],
  [/^gpt-5\.5/, 2_500],
  [/^gpt-(5|5\.[1246]|6)(-|$)/, 2_000],
];
const DEAREST_OPENAI_PRIORITY = 2_500;

/** The tiers of a model at its maker's own API; undefined where nothing is known of any. */
export function serviceTiersOf(provider: string, model: string): ModelPrice["serviceTiers"] {
  if (provider === "anthropic") return { batch: HALF, fast: { permille: 6_000 } };
  if (provider === "openai") {
    const priority = { permille: OPENAI_PRIORITY.find(([name]) => name.test(model))?.[1] ?? DEAREST_OPENAI_PRIORITY };
    return { batch: HALF, flex: HALF, priority, fast: priority };
  }
  if (provider === "google") {
    const half: ServiceTier = { permille: 500, except: ["cacheRead"] };
    return { batch: half, flex: half, priority: { permille: /^gemini-3\.[78]-flash/.test(model) ? 1_800 : 2_000 } };
  }
  return undefined;
}
