import * as z from "zod/mini";
import { disjoint } from "../disjoint.ts";
import { Count, Text } from "../parse.ts";
import { type Usage, usageOf } from "../usage.ts";

/** Usage as generateContent reports it (npm `@google/genai` 2.32, `GenerateContentResponseUsageMetadata`). */

const Details = z.nullish(z.array(z.object({ modality: Text, tokenCount: Count })));

export const GeminiUsageSchema = z.object({
  promptTokenCount: Count,
  cachedContentTokenCount: Count,
  candidatesTokenCount: Count,
  thoughtsTokenCount: Count,
  toolUsePromptTokenCount: Count,
  promptTokensDetails: Details,
  cacheTokensDetails: Details,
  candidatesTokensDetails: Details,
  toolUsePromptTokensDetails: Details,
});
export type GeminiUsage = z.infer<typeof GeminiUsageSchema>;

/**
 * Usage in disjoint classes. The prompt INCLUDES what was cached; what tools brought in comes on top of it; thoughts are NOT in the
 * candidates ("the sum of prompt_token_count, candidates_token_count, tool_use_prompt_token_count, and thoughts_token_count"). Sound
 * that was cached is cached first of all.
 */
export function readGeminiUsage(usage: GeminiUsage, calls?: Record<string, number>): Usage {
  const input = (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0);
  const output = (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
  const heard = audioIn(usage.promptTokensDetails) + audioIn(usage.toolUsePromptTokensDetails);
  const [cacheRead, audio, rest] = disjoint(input, [
    Math.min(usage.cachedContentTokenCount ?? 0, usage.promptTokenCount ?? 0),
    Math.max(0, heard - audioIn(usage.cacheTokensDetails)),
  ]);
  const [audioOut, written] = disjoint(output, [audioIn(usage.candidatesTokensDetails)]);
  return usageOf({
    input: rest!,
    cacheRead: cacheRead!,
    audioIn: audio!,
    output: written!,
    audioOut: audioOut!,
    ...(calls && { calls }),
  });
}

function audioIn(details: z.infer<typeof Details>): number {
  return (details ?? []).reduce((sum, { modality, tokenCount }) => sum + (modality === "AUDIO" ? (tokenCount ?? 0) : 0), 0);
}
