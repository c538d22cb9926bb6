import type { ModelPrice, Rates } from "../../prices/rates.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import { TOKEN_CLASSES, type Usage } from "../../wire/usage.ts";
import type { Nano } from "../money.ts";
import type { RequestEstimate } from "./estimate.ts";
import type { OutputNorm } from "./outputHistory.ts";

/**
 * An agent's turn: one prompt, and all the calls of the model that answer it. What can be counted before it is sent is a small part of it, so
 * most of its estimate is how the person's own turns have been.
 */

/** What is known of the session that a turn belongs to. */
export interface SessionContext {
  /** Tokens that its last call sent and got. */
  tokens: number;
  /** When that call ended (epoch ms). */
  at: number;
}

/** What a new session sends before the person's words (our assumption: instructions and some 40 tools). In tokens. */
const FRESH = { low: 4_000, likely: 12_000, high: 25_000 };
/** Of what a prompt brings along unseen (files, editor state): tokens, likely none. */
const UNSEEN = 4_000;

/**
 * How long providers keep a prompt (ms): always so long, and never longer. Anthropic's cache lives for five minutes or an hour, OpenAI's for
 * five to ten minutes and up to an hour; of 162 gaps above an hour that were looked at, all were cold.
 */
const CACHED_SURELY = 5 * 60_000;
const CACHED_AT_MOST = 60 * 60_000;
/** With less than this to read again (tokens), nobody needs to hear of it. */
const LARGE_CONTEXT = 20_000;

/** What a prompt of so many tokens will likely start and lead to. `now`: epoch ms. `further`: how such turns go on. */
export function turnEstimate(
  prompt: TokenEstimate,
  session: SessionContext | undefined,
  further: OutputNorm,
  now: number,
): RequestEstimate {
  const context = session ? { low: session.tokens, likely: session.tokens, high: session.tokens } : FRESH;
  const idle = session ? now - session.at : Number.POSITIVE_INFINITY;
  const cached = {
    likely: session && idle < CACHED_AT_MOST ? session.tokens : 0,
    least: session && idle < CACHED_SURELY ? session.tokens : 0,
  };
  return {
    input: {
      low: context.low + prompt.low,
      likely: context.likely + prompt.likely,
      high: context.high + prompt.high + UNSEEN,
      exact: false,
    },
    output: { likely: 0, high: 0, worst: 0 },
    turn: { cached, further },
  };
}

/** Whether the provider's cache has surely forgotten a session that is large enough for that to matter. */
export function isCold(session: SessionContext | undefined, now: number): session is SessionContext {
  return session !== undefined && now - session.at >= CACHED_AT_MOST && session.tokens >= LARGE_CONTEXT;
}

/** What a usage comes to, as tokens of uncached input that cost as much: so that turns can be compared whatever their models cost. */
export function asInputTokens(usage: Usage, price: ModelPrice | undefined): number {
  const rates = price && Number(price.rates.input) > 0 ? price.rates : USUAL_RATES;
  const rateOf = (name: keyof Rates) => Number(rates[name] ?? (name === "audioOut" ? rates.output : rates.input));
  const whole = TOKEN_CLASSES.reduce((sum, name) => sum + usage[name] * rateOf(name), 0);
  return Math.round(whole / Number(rates.input));
}

/** As most models are priced, one to another. */
const USUAL_RATES: Rates = { input: "10", cacheRead: "1", output: "50" };

/** The price as it is for calls with a context of so many tokens: what a turn sums up to is no longer call. */
export function priceAtContext(price: ModelPrice, tokens: number): ModelPrice {
  const { tiers, hours: _, ...rest } = price;
  return { ...rest, rates: tiers?.findLast(({ above }) => tokens > above)?.rates ?? price.rates };
}

/** What of a hold is left when a part of it was used (nano of its unit): the same usage, smaller. */
export function usageLeft(held: Usage, left: Nano, of: Nano): Usage {
  if (of <= 0n || left >= of) return held;
  const share = (count: number) => Number((BigInt(count) * (left < 0n ? 0n : left)) / of);
  const { calls: _, ...counts } = held;
  const rest = TOKEN_CLASSES.map((name) => [name, share(counts[name])] as const);
  return Object.fromEntries(rest) as unknown as Usage;
}
