import * as z from "zod/mini";
import type { Answer, StreamDelta, StreamReader } from "../answer.ts";
import { Count, parsed, Text } from "../parse.ts";
import type { Usage } from "../usage.ts";
import { openAiUsage } from "./usage.ts";

/** Answers of OpenAI's Chat Completions API (npm `openai` 6.49, resources/chat/completions/completions.d.ts). */

const ChatUsageSchema = z.object({
  prompt_tokens: z.int().check(z.minimum(0)),
  completion_tokens: z.int().check(z.minimum(0)),
  total_tokens: Count,
  prompt_tokens_details: z.nullish(z.object({ cached_tokens: Count, cache_write_tokens: Count, audio_tokens: Count })),
  completion_tokens_details: z.nullish(z.object({ reasoning_tokens: Count, audio_tokens: Count })),
});
export type ChatUsage = z.infer<typeof ChatUsageSchema>;

const ToolCallDelta = z.object({
  index: z.int(),
  id: Text,
  function: z.nullish(z.object({ name: Text, arguments: Text })),
});

/** Thoughts are no part of OpenAI's API: DeepSeek and vLLM call them `reasoning_content`, OpenRouter `reasoning`. */
const Delta = z.object({
  content: Text,
  refusal: Text,
  reasoning_content: Text,
  reasoning: Text,
  tool_calls: z.nullish(z.array(ToolCallDelta)),
});
type Delta = z.infer<typeof Delta>;

const Head = { id: Text, model: Text, service_tier: Text, usage: z.nullish(ChatUsageSchema) };

const Chunk = z.object({
  ...Head,
  choices: z.nullish(
    z.array(
      z.object({
        delta: z.nullish(Delta),
        finish_reason: Text,
      }),
    ),
  ),
  error: z.nullish(z.object({ message: z.string() })),
});

const Completion = z.object({ ...Head, choices: z.array(z.object({ finish_reason: Text })) });

/** Usage in disjoint classes (openai 6.49 resources/completions.d.ts, CompletionUsage). */
export function readChatUsage(usage: ChatUsage): Usage {
  return openAiUsage({
    input: usage.prompt_tokens,
    cached: usage.prompt_tokens_details?.cached_tokens,
    cacheWritten: usage.prompt_tokens_details?.cache_write_tokens,
    audioIn: usage.prompt_tokens_details?.audio_tokens,
    output: usage.completion_tokens,
    total: usage.total_tokens,
    audioOut: usage.completion_tokens_details?.audio_tokens,
  });
}

/** The whole answer of a request without `stream`. @throws TypeError when it is no chat completion */
export function readChatAnswer(body: unknown): Answer {
  const { id, model, service_tier, usage, choices } = parsed(Completion, body, "a chat completion");
  const finishReason = choices.find(({ finish_reason }) => finish_reason)?.finish_reason;
  return {
    ...(id && { id }),
    ...(model && { model }),
    ...(service_tier && { serviceTier: service_tier }),
    ...(finishReason && { finishReason }),
    ...(usage && { usage: readChatUsage(usage) }),
    cut: false,
  };
}

/** Reads one answer's stream. Usage is cumulative where a server sends it more than once, so the last counts. */
export function createChatStreamReader(): StreamReader {
  const answer: Answer = { cut: true };
  return {
    read(data) {
      const { id, model, service_tier, choices, usage, error } = parsed(Chunk, data, "a chat completion chunk");
      if (id) answer.id ??= id;
      if (model) answer.model ??= model;
      if (service_tier) answer.serviceTier = service_tier;
      if (usage) answer.usage = readChatUsage(usage);
      const deltas: StreamDelta[] = error ? [{ kind: "error", message: error.message }] : [];
      for (const { delta, finish_reason } of choices ?? []) {
        if (delta) deltas.push(...deltasOf(delta));
        if (finish_reason) Object.assign(answer, { finishReason: finish_reason, cut: false });
      }
      return deltas;
    },
    end: () => ({ ...answer }),
  };
}

function deltasOf({ content, refusal, reasoning_content, reasoning, tool_calls }: Delta): StreamDelta[] {
  const thought = reasoning_content ?? reasoning ?? "";
  const text = (content ?? "") + (refusal ?? "");
  const calls = (tool_calls ?? []).map((call): StreamDelta => {
    const { id, index } = call;
    const name = call.function?.name;
    return { kind: "toolCall", index, ...(id && { id }), ...(name && { name }), arguments: call.function?.arguments ?? "" };
  });
  return [
    ...(thought ? [{ kind: "reasoning", text: thought } as const] : []),
    ...(text ? [{ kind: "text", text } as const] : []),
    ...calls,
  ];
}
