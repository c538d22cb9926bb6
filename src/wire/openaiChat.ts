import * as z from "zod/mini";
import { type Usage, usageOf } from "./usage.ts";

/**
 * OpenAI's Chat Completions API, which most gateways and local servers speak too: what we send, what comes back, and what
 * it used. Field names are the API's (npm `openai` 6.49, resources/chat/completions/completions.d.ts).
 */

export type ContentPart =
  | { type: "text"; text: string }
  | { type: "refusal"; refusal: string }
  | { type: "image_url" | "input_audio" | "file" };

export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export interface ChatMessage {
  role: "developer" | "system" | "user" | "assistant" | "tool";
  content?: string | ContentPart[] | null;
  name?: string;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
}

export interface ChatTool {
  type: "function";
  function: { name: string; description?: string; parameters?: object };
}

/** The body of `POST /chat/completions`. Without `include_usage` a stream never says what it used. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: true;
  stream_options?: { include_usage: true };
  max_completion_tokens?: number;
  tools?: ChatTool[];
  tool_choice?: "auto" | "required" | "none";
}

const Count = z.nullish(z.int().check(z.minimum(0)));

export const ChatUsageSchema = z.object({
  prompt_tokens: z.int().check(z.minimum(0)),
  completion_tokens: z.int().check(z.minimum(0)),
  prompt_tokens_details: z.nullish(z.object({ cached_tokens: Count, cache_write_tokens: Count, audio_tokens: Count })),
  completion_tokens_details: z.nullish(z.object({ reasoning_tokens: Count, audio_tokens: Count })),
});
export type ChatUsage = z.infer<typeof ChatUsageSchema>;

const ToolCallDelta = z.object({
  index: z.int(),
  id: z.nullish(z.string()),
  function: z.nullish(z.object({ name: z.nullish(z.string()), arguments: z.nullish(z.string()) })),
});

const ChunkSchema = z.object({
  id: z.nullish(z.string()),
  model: z.nullish(z.string()),
  service_tier: z.nullish(z.string()),
  choices: z.nullish(
    z.array(
      z.object({
        delta: z.nullish(
          z.object({
            content: z.nullish(z.string()),
            refusal: z.nullish(z.string()),
            tool_calls: z.nullish(z.array(ToolCallDelta)),
          }),
        ),
        finish_reason: z.nullish(z.string()),
      }),
    ),
  ),
  usage: z.nullish(ChatUsageSchema),
  error: z.nullish(z.object({ message: z.string() })),
});

/** The whole answer of a request without `stream`. */
export const ChatCompletionSchema = z.object({
  id: z.string(),
  model: z.string(),
  service_tier: z.nullish(z.string()),
  choices: z.array(z.object({ message: z.object({ content: z.nullish(z.string()) }), finish_reason: z.nullish(z.string()) })),
  usage: z.nullish(ChatUsageSchema),
});

/**
 * Usage in disjoint classes. `prompt_tokens` INCLUDES what was read from a cache, written to one, or audio;
 * `completion_tokens` includes reasoning and audio (openai 6.49 resources/completions.d.ts, CompletionUsage).
 * Where a server's details exceed its total, the total is what counts, so the classes always add up to it.
 */
export function readUsage(usage: ChatUsage): Usage {
  const prompt = usage.prompt_tokens_details;
  const [cacheRead, cacheWrite5m, audioIn, input] = split(usage.prompt_tokens, [
    prompt?.cached_tokens,
    prompt?.cache_write_tokens,
    prompt?.audio_tokens,
  ]);
  const [audioOut, output] = split(usage.completion_tokens, [usage.completion_tokens_details?.audio_tokens]);
  return usageOf({
    input: input!,
    cacheRead: cacheRead!,
    cacheWrite5m: cacheWrite5m!,
    audioIn: audioIn!,
    output: output!,
    audioOut: audioOut!,
  });
}

/** Takes the parts out of the total one after the other; the last element is what is left. */
function split(total: number, parts: (number | null | undefined)[]): number[] {
  let left = total;
  const taken = parts.map((part) => {
    const take = Math.min(left, part ?? 0);
    left -= take;
    return take;
  });
  return [...taken, left];
}

/** What a chunk adds to the answer. `toolCall` pieces with one `index` belong together; their arguments concatenate. */
export type StreamDelta =
  | { kind: "text"; text: string }
  | { kind: "toolCall"; index: number; id?: string; name?: string; arguments: string }
  | { kind: "error"; message: string };

/** What a stream has told by its end. */
export interface StreamEnd {
  /** The provider's id of the request. */
  id?: string;
  model?: string;
  serviceTier?: string;
  finishReason?: string;
  /** Undefined where the stream was cut before it, or the server does not report usage in streams. */
  usage?: Usage;
  /** The stream ended without a `finish_reason`: it was cut, and nobody knows what it would have used. */
  cut: boolean;
}

export interface StreamReader {
  /** Takes one event's parsed `data` (not the closing `[DONE]`). @throws TypeError when it is no chunk of this API */
  read(data: unknown): StreamDelta[];
  /** What is known so far; call it when the stream has ended. */
  end(): StreamEnd;
}

/** Reads one answer's stream. Usage is cumulative where a server sends it more than once, so the last counts. */
export function createStreamReader(): StreamReader {
  const end: StreamEnd = { cut: true };
  return {
    read(data) {
      const parsed = ChunkSchema.safeParse(data);
      if (!parsed.success) throw new TypeError("The server sent something that is no chat completion chunk.");
      const { id, model, service_tier, choices, usage, error } = parsed.data;
      if (id) end.id ??= id;
      if (model) end.model ??= model;
      if (service_tier) end.serviceTier = service_tier;
      if (usage) end.usage = readUsage(usage);
      const deltas: StreamDelta[] = error ? [{ kind: "error", message: error.message }] : [];
      for (const { delta, finish_reason } of choices ?? []) {
        if (delta) deltas.push(...deltasOf(delta));
        if (finish_reason) Object.assign(end, { finishReason: finish_reason, cut: false });
      }
      return deltas;
    },
    end: () => ({ ...end }),
  };
}

type Delta = NonNullable<NonNullable<z.infer<typeof ChunkSchema>["choices"]>[number]["delta"]>;

function deltasOf({ content, refusal, tool_calls }: Delta): StreamDelta[] {
  const text = (content ?? "") + (refusal ?? "");
  const calls = (tool_calls ?? []).map((call): StreamDelta => {
    const { id, index } = call;
    const name = call.function?.name;
    return { kind: "toolCall", index, ...(id && { id }), ...(name && { name }), arguments: call.function?.arguments ?? "" };
  });
  return text ? [{ kind: "text", text }, ...calls] : calls;
}

/** Every message costs 3 tokens besides its texts, and its role one (each role is one token in cl100k and o200k). */
const PER_MESSAGE = 3 + 1;
/** A `name` costs one more than its text. */
const PER_NAME = 1;
/** The answer is primed with `<|start|>assistant<|message|>`. */
const PRIMING = 3;

/** What of a request a tokenizer must count. */
export interface Countable {
  /** Count each on its own, and add them up. */
  texts: string[];
  /** Tokens that the API adds around the texts. */
  overhead: number;
  /** Pictures, sound and files, which cost tokens that no text tells. */
  otherParts: number;
}

/**
 * The texts of a request and the overhead around them, by OpenAI's own formula for its chat models (openai-cookbook,
 * "How to count tokens with tiktoken", `num_tokens_from_messages`): 3 per message, role and name counted as text, 1 more per
 * name, 3 for priming the answer. Tools are counted as the JSON text of their schemas; the API's own wording of them
 * is not published, so a count with tools is an estimate.
 */
export function countableText(messages: readonly ChatMessage[], tools: readonly ChatTool[] = []): Countable {
  const parts = messages.flatMap(({ content }) =>
    typeof content === "string" ? [{ type: "text" as const, text: content }] : (content ?? []),
  );
  const texts = [
    ...parts.flatMap((part) => ("text" in part ? [part.text] : "refusal" in part ? [part.refusal] : [])),
    ...messages.flatMap(({ name, tool_call_id }) => [name ?? "", tool_call_id ?? ""]),
    ...messages.flatMap(({ tool_calls }) => (tool_calls ?? []).map((call) => JSON.stringify(call.function))),
    ...tools.map((tool) => JSON.stringify(tool.function)),
  ].filter((text) => text !== "");
  const names = messages.filter(({ name }) => name).length;
  return {
    texts,
    overhead: messages.length * PER_MESSAGE + names * PER_NAME + PRIMING,
    otherParts: parts.filter((part) => !("text" in part || "refusal" in part)).length,
  };
}
