import * as z from "zod/mini";
import { type Inline, inlineOf } from "../media/base64.ts";
import { mediumPart, picturePart } from "../media/parts.ts";
import type { MediaRules } from "../media/rules.ts";
import { mediaRules } from "../media/rulesOf.ts";
import { Count, modelOf, parsed, Text } from "../parse.ts";
import { framed, type RequestHint, type RequestPart, reasonsOf, textPart, type WireRequest } from "../request.ts";
import { exactly } from "../tokenRange.ts";
import { breakpoint, markPrefixes, schemaPart, toolPart } from "./parts.ts";

/**
 * Requests of OpenAI's Chat Completions API, which most gateways and local servers speak too. Field names are the API's
 * (npm `openai` 6.49, resources/chat/completions/completions.d.ts).
 */

/** What we send ourselves; the reader takes more. */
export type ContentPart =
  | { type: "text"; text: string }
  | { type: "refusal"; refusal: string }
  | { type: "image_url"; image_url: { url: string } };

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

/** Every message costs 3 tokens besides its texts, and its role one (each role is one token in cl100k and o200k). */
const PER_MESSAGE = 3 + 1;
/** A `name` costs one more than its text. */
const PER_NAME = 1;
/** The answer is primed with `<|start|>assistant<|message|>`. */
const PRIMING = 3;

const Content = z.looseObject({
  type: z.string(),
  text: Text,
  refusal: Text,
  image_url: z.nullish(z.object({ url: z.string(), detail: Text })),
  input_audio: z.nullish(z.object({ data: z.string(), format: Text })),
  file: z.nullish(z.object({ file_data: Text })),
  prompt_cache_breakpoint: z.nullish(z.unknown()),
});
type Content = z.infer<typeof Content>;

const Message = z.object({
  role: z.string(),
  content: z.nullish(z.union([z.string(), z.array(Content)])),
  name: Text,
  refusal: Text,
  audio: z.nullish(z.object({ id: z.string() })),
  tool_calls: z.nullish(z.array(z.looseObject({ function: z.nullish(z.unknown()), custom: z.nullish(z.unknown()) }))),
  function_call: z.nullish(z.unknown()),
  tool_call_id: Text,
});
type Message = z.infer<typeof Message>;

const Body = z.object({
  model: Text,
  messages: z.array(Message),
  stream: z.nullish(z.boolean()),
  max_completion_tokens: Count,
  max_tokens: Count,
  n: Count,
  service_tier: Text,
  tools: z.nullish(z.array(z.looseObject({ function: z.nullish(z.unknown()), custom: z.nullish(z.unknown()) }))),
  functions: z.nullish(z.array(z.unknown())),
  response_format: z.nullish(z.object({ json_schema: z.nullish(z.unknown()) })),
  web_search_options: z.nullish(z.unknown()),
});

/**
 * Reads a chat request. Texts and frames follow OpenAI's own formula for its chat models (openai-cookbook, "How to count tokens with
 * tiktoken", `num_tokens_from_messages`): 3 per message, role and name counted as text, 1 more per name, 3 for priming the answer.
 * @throws TypeError when it is no such body
 */
export function readChatRequest(body: unknown, hint?: RequestHint): WireRequest {
  const read = parsed(Body, body, "a request of the Chat Completions API");
  const model = modelOf(read.model, hint);
  const rules = mediaRules(model, "openai");
  const maxOutput = read.max_completion_tokens ?? read.max_tokens;
  const schema = read.response_format?.json_schema;
  const tools = [...(read.tools ?? []).map((tool) => tool.function ?? tool.custom ?? tool), ...(read.functions ?? [])];
  return {
    api: "openai-chat",
    model,
    stream: read.stream ?? hint?.stream ?? false,
    ...(maxOutput && { maxOutput }),
    answers: read.n || 1,
    ...(read.service_tier && { serviceTier: read.service_tier }),
    parts: [
      ...markPrefixes([...tools.map(toolPart), ...read.messages.flatMap((message) => messageParts(message, rules))]),
      ...(schema ? [schemaPart(schema)] : []),
      { kind: "frame", texts: [], tokens: exactly(PRIMING) },
    ],
    notInBody: reasonsOf({ storedItem: read.messages.some(({ audio }) => audio), serverTool: read.web_search_options }),
  };
}

function messageParts(message: Message, rules: MediaRules): RequestPart[] {
  const { role, content, name, refusal, tool_calls, function_call, tool_call_id } = message;
  const speaker = speakerOf(role);
  const contents = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  const calls = [
    ...(tool_calls ?? []).map((call) => call.function ?? call.custom ?? call),
    ...(function_call ? [function_call] : []),
  ];
  const parts = [
    ...contents.map((one) => ({ ...contentPart(one, speaker, rules), ...breakpoint(one) })),
    ...calls.map((call) => textPart("toolCall", [JSON.stringify(call)], { role: "assistant" })),
  ];
  const empty = textPart(speaker.kind, [], speaker);
  const [first = empty, ...rest] = parts;
  const named = { ...first, texts: [...first.texts, ...textPart(first.kind, [refusal, name, tool_call_id]).texts] };
  return framed([named, ...rest], exactly(PER_MESSAGE + (name ? PER_NAME : 0)), empty);
}

type Speaker = Pick<RequestPart, "kind" | "role">;

function speakerOf(role: string): Speaker {
  if (role === "system" || role === "developer") return { kind: "system" };
  if (role === "tool" || role === "function") return { kind: "toolResult", role: "user" };
  return { kind: "message", role: role === "assistant" ? "assistant" : "user" };
}

function contentPart(content: Content | { type: string; text: string }, speaker: Speaker, rules: MediaRules): RequestPart {
  const { kind, ...more } = speaker;
  if ("image_url" in content && content.image_url) {
    const { url, detail } = content.image_url;
    return picturePart(inlineOf(url), detail, rules, more);
  }
  if ("input_audio" in content && content.input_audio) {
    const { data, format } = content.input_audio;
    return mediumPart({ mime: `audio/${format ?? ""}`, base64: data }, rules, more);
  }
  if (content.type === "file" && "file" in content) return mediumPart(fileOf(content.file?.file_data), rules, more);
  if (typeof content.text === "string") return textPart(kind, [content.text], more);
  if ("refusal" in content && content.refusal) return textPart(kind, [content.refusal], more);
  return textPart("other", [JSON.stringify(content)], more);
}

/** Chat Completions takes PDFs only, as a data URL or as bare base64. */
function fileOf(data: string | null | undefined): Partial<Inline> {
  if (!data) return { mime: "application/pdf" };
  return inlineOf(data) ?? { mime: "application/pdf", base64: data };
}
