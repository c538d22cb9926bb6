import * as z from "zod/mini";
import { Count, Text } from "../parse.ts";
import { type Usage, usageOf } from "../usage.ts";

/** Usage as the Messages API reports it (npm `@anthropic-ai/sdk` 1.13, `Usage`, `MessageDeltaUsage` and their beta kin). */

const Tokens = {
  input_tokens: Count,
  output_tokens: Count,
  cache_read_input_tokens: Count,
  cache_creation_input_tokens: Count,
  cache_creation: z.nullish(z.object({ ephemeral_5m_input_tokens: Count, ephemeral_1h_input_tokens: Count })),
};

const Iteration = z.object({ ...Tokens, type: z.string(), model: Text });

export const AnthropicUsageSchema = z.object({
  ...Tokens,
  server_tool_use: z.nullish(z.object({ web_search_requests: Count })),
  service_tier: Text,
  speed: Text,
  iterations: z.nullish(z.array(Iteration)),
});
export type AnthropicUsage = z.infer<typeof AnthropicUsageSchema>;
type Tokens = Omit<z.infer<typeof Iteration>, "type" | "model">;

/**
 * Usage in disjoint classes. `input_tokens` EXCLUDES what was read from and written to the cache; thinking is in `output_tokens`.
 * The top-level figures are the sum over the model's own iterations but not of those that summarized the context ("A `compaction`
 * entry's tokens are not included in the top-level `usage` fields"): these are added. What an adviser used is billed at another
 * model's rates: see `othersIn`. Searches are billed by the call; fetches are not.
 */
export function readAnthropicUsage(usage: AnthropicUsage): Usage {
  const compactions = (usage.iterations ?? []).filter(({ type }) => type === "compaction");
  const webSearch = usage.server_tool_use?.web_search_requests ?? 0;
  const classes = [usage, ...compactions].map(classesOf).reduce((a, b) => ({
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    output: a.output + b.output,
  }));
  return usageOf({ ...classes, ...(webSearch > 0 && { calls: { webSearch } }) });
}

/** What advisers used, by model ("Advisor tokens are not rolled into the top-level totals because they are billed at a different rate"). */
export function othersIn(usage: AnthropicUsage): { model: string; usage: Usage }[] {
  return (usage.iterations ?? [])
    .filter(({ type }) => type === "advisor_message")
    .map((iteration) => ({ model: iteration.model ?? "", usage: usageOf(classesOf(iteration)) }));
}

/** The usage after a `message_delta`: its figures are cumulative and replace those before; what it does not repeat stands. */
export function updated(before: AnthropicUsage | undefined, delta: AnthropicUsage): AnthropicUsage {
  const told = Object.entries(delta).filter(([, value]) => value !== null && value !== undefined);
  return { ...before, ...Object.fromEntries(told) };
}

/**
 * `cache_creation_input_tokens` is the sum of the two lifetimes, and the one that is kept up to date in streams, where the lifetimes
 * are told at the start only: what it has more than they is written for the lifetime that the request uses, else for five minutes.
 */
function classesOf(tokens: Tokens) {
  const minutes = tokens.cache_creation?.ephemeral_5m_input_tokens ?? 0;
  const hour = tokens.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const written = tokens.cache_creation_input_tokens ?? minutes + hour;
  const onlyHour = hour > 0 && minutes === 0;
  const cacheWrite1h = onlyHour ? written : Math.min(hour, written);
  return {
    input: tokens.input_tokens ?? 0,
    cacheRead: tokens.cache_read_input_tokens ?? 0,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    output: tokens.output_tokens ?? 0,
  };
}
