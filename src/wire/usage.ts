/**
 * What a provider reports that a request used, in DISJOINT classes (each token counted in exactly one):
 * OpenAI's input includes cached tokens, Anthropic's excludes them, Gemini's candidates exclude thoughts.
 */
export interface Usage {
  /** Input tokens that were neither read from nor written to a cache. */
  input: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  /** Output tokens, reasoning included, audio excluded. */
  output: number;
  audioIn: number;
  audioOut: number;
  /** Billable calls of server-side tools, e.g. `{ webSearch: 2 }`. */
  calls?: Record<string, number>;
}

/** The classes that are counted in tokens. */
export const TOKEN_CLASSES = ["input", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output", "audioIn", "audioOut"] as const;
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** Where the figures come from: only `provider` is a bill; `uncertain` is a request whose end nobody saw. */
export type UsageSource = "provider" | "counted" | "estimated" | "uncertain";

/** A usage of nothing, or of the classes given. */
export function usageOf(part: Partial<Usage> = {}): Usage {
  return { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, audioIn: 0, audioOut: 0, ...part };
}
