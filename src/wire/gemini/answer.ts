import * as z from "zod/mini";
import type { Answer, StreamDelta, StreamReader } from "../answer.ts";
import { parsed, Text } from "../parse.ts";
import { type GeminiUsage, GeminiUsageSchema, readGeminiUsage } from "./usage.ts";

/** Answers of Gemini's generateContent (npm `@google/genai` 2.32, `GenerateContentResponse`); a stream's chunks have the same form. */

const Part = z.looseObject({
  text: Text,
  thought: z.nullish(z.boolean()),
  functionCall: z.nullish(z.object({ id: Text, name: Text, args: z.nullish(z.unknown()) })),
});
type Part = z.infer<typeof Part>;

const Candidate = z.object({
  content: z.nullish(z.object({ parts: z.nullish(z.array(Part)) })),
  finishReason: Text,
  groundingMetadata: z.nullish(z.object({ webSearchQueries: z.nullish(z.array(z.string())) })),
});

const Chunk = z.object({
  candidates: z.nullish(z.array(Candidate)),
  promptFeedback: z.nullish(z.object({ blockReason: Text })),
  usageMetadata: z.nullish(GeminiUsageSchema),
  modelVersion: Text,
  responseId: Text,
  error: z.nullish(z.object({ message: z.string() })),
});

/** The whole answer; of a stream that was asked for without `alt=sse`, the array of its chunks. @throws TypeError when it is no such answer */
export function readGeminiAnswer(body: unknown): Answer {
  const chunks: unknown[] = Array.isArray(body) ? body : [body];
  const reader = createGeminiStreamReader();
  for (const chunk of chunks) reader.read(chunk);
  const answer = reader.end();
  return Array.isArray(body) ? answer : { ...answer, cut: false };
}

/** Reads one answer's stream. Every chunk has the usage so far, so the last counts. */
export function createGeminiStreamReader(): StreamReader {
  const answer: Answer = { cut: true };
  const queries = new Set<string>();
  let usage: GeminiUsage | undefined;
  let calls = 0;
  return {
    read(data) {
      const chunk = parsed(Chunk, data, "an answer of generateContent");
      if (!chunk.candidates && !chunk.promptFeedback && !chunk.usageMetadata && !chunk.error)
        throw new TypeError("Not an answer of generateContent: it has neither candidates nor usage.");
      if (chunk.responseId) answer.id ??= chunk.responseId;
      if (chunk.modelVersion) answer.model ??= chunk.modelVersion;
      usage = chunk.usageMetadata ?? usage;
      const ends = [...(chunk.candidates ?? []).map(({ finishReason }) => finishReason), chunk.promptFeedback?.blockReason];
      for (const finishReason of ends) if (finishReason) Object.assign(answer, { finishReason, cut: false });
      for (const { groundingMetadata } of chunk.candidates ?? [])
        for (const query of groundingMetadata?.webSearchQueries ?? []) queries.add(query);
      const parts = (chunk.candidates ?? []).flatMap(({ content }) => content?.parts ?? []);
      const deltas = parts.flatMap((part) => deltaOf(part, () => calls++));
      return chunk.error ? [{ kind: "error", message: chunk.error.message }, ...deltas] : deltas;
    },
    end: () => ({ ...answer, ...(usage && { usage: readGeminiUsage(usage, searches(queries, answer.model)) }) }),
  };
}

/**
 * Billable searches (ai.google.dev, pricing, "Grounding with Google Search"): from Gemini 3 on by the query; before by the prompt, however
 * many queries it took. Empty queries are not billed.
 */
function searches(queries: ReadonlySet<string>, model: string | undefined): Record<string, number> | undefined {
  const asked = [...queries].filter((query) => query.trim() !== "").length;
  if (asked === 0) return undefined;
  return { webSearch: /gemini-[12]\b/.test(model ?? "") ? 1 : asked };
}

/** A call comes whole. */
function deltaOf({ text, thought, functionCall }: Part, nextCall: () => number): StreamDelta[] {
  if (functionCall) {
    const { id, name, args } = functionCall;
    return [
      { kind: "toolCall", index: nextCall(), ...(id && { id }), ...(name && { name }), arguments: JSON.stringify(args ?? {}) },
    ];
  }
  if (!text) return [];
  return [{ kind: thought ? "reasoning" : "text", text }];
}
