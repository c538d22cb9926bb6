import { type RequestPart, textPart } from "../request.ts";
import { assumed } from "../tokenRange.ts";

/** Parts that both of OpenAI's APIs have. */

/** How the API words a tool for the model is not published: its JSON is about as long, but it may be worded shorter, or framed. */
export function toolPart(tool: unknown): RequestPart {
  return textPart("tools", [JSON.stringify(tool)], { tokens: assumed(0, 0, 12) });
}

/** The schema of a structured answer is input; how it is worded is not published. */
export function schemaPart(schema: unknown): RequestPart {
  return textPart("schema", [JSON.stringify(schema)], { tokens: assumed(0, 0, 12) });
}

/** A part, while breakpoints are still marks on single parts. */
export type Marked = RequestPart & { ends?: true };

/** `prompt_cache_breakpoint` "marks the exact end of a reusable prompt prefix". */
export function breakpoint(content: object): { ends?: true } {
  return "prompt_cache_breakpoint" in content && content.prompt_cache_breakpoint ? { ends: true } : {};
}

/** The parts up to the last breakpoint are a prefix that is written to the cache; OpenAI has one price for that, whatever the time it is kept. */
export function markPrefixes(parts: readonly Marked[]): RequestPart[] {
  const last = parts.findLastIndex(({ ends }) => ends);
  return parts.map(({ ends, ...part }, index) => (index <= last ? { ...part, cacheWrite: "cacheWrite5m" } : part));
}
