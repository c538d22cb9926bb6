import { disjoint } from "../disjoint.ts";
import { type Usage, usageOf } from "../usage.ts";

/** Token counts as both of OpenAI's APIs report them, under names of their own. */
export interface OpenAiCounts {
  /** INCLUDES what was read from a cache, written to one, or is audio. */
  input: number;
  cached: number | null | undefined;
  cacheWritten: number | null | undefined;
  audioIn?: number | null | undefined;
  /** Includes reasoning and audio. */
  output: number;
  /** Input and output together. */
  total: number | null | undefined;
  audioOut?: number | null | undefined;
}

/**
 * Usage in disjoint classes. Cache writes are of one price at OpenAI and count as the five minutes' class. Some servers that speak these
 * APIs leave thoughts out of the output and have them in the total (Grok at Vertex AI: "separated from the completion_tokens"; gateways
 * in front of Gemini): what the total has more is output.
 */
export function openAiUsage(counts: OpenAiCounts, calls?: Record<string, number>): Usage {
  const [cacheRead, cacheWrite5m, audioIn, input] = disjoint(counts.input, [counts.cached, counts.cacheWritten, counts.audioIn]);
  const written = Math.max(counts.output, (counts.total ?? 0) - counts.input);
  const [audioOut, output] = disjoint(written, [counts.audioOut]);
  return usageOf({
    input: input!,
    cacheRead: cacheRead!,
    cacheWrite5m: cacheWrite5m!,
    audioIn: audioIn!,
    output: output!,
    audioOut: audioOut!,
    ...(calls && Object.keys(calls).length > 0 && { calls }),
  });
}
