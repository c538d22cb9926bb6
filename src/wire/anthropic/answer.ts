import * as z from "zod/mini";
import type { Answer, StreamDelta, StreamReader } from "../answer.ts";
import { Count, parsed, Text } from "../parse.ts";
import { type AnthropicUsage, AnthropicUsageSchema, othersIn, readAnthropicUsage, updated } from "./usage.ts";

/** Answers of Anthropic's Messages API (npm `@anthropic-ai/sdk` 1.13, resources/messages/messages.d.ts; build-with-claude/streaming). */

const Message = z.object({ id: Text, model: Text, stop_reason: Text, usage: z.nullish(AnthropicUsageSchema) });
type Message = z.infer<typeof Message>;
const WholeMessage = z.extend(Message, { type: z.literal("message") });

/** Event types may be added ("your code should handle unknown event types gracefully"). */
const Event = z.object({
  type: z.string(),
  message: z.nullish(Message),
  usage: z.nullish(AnthropicUsageSchema),
  index: Count,
  content_block: z.nullish(z.looseObject({ type: z.string(), id: Text, name: Text })),
  delta: z.nullish(z.looseObject({ type: Text, text: Text, thinking: Text, partial_json: Text, stop_reason: Text })),
  error: z.nullish(z.object({ message: z.string() })),
});
type Event = z.infer<typeof Event>;

/** The whole answer of a request without `stream`. @throws TypeError when it is no message */
export function readAnthropicAnswer(body: unknown): Answer {
  const message = parsed(WholeMessage, body, "a message of the Messages API");
  return { ...headOf(message), ...usageOf(message.usage ?? undefined), cut: false };
}

/**
 * Reads one answer's stream. `message_start` has the usage so far, with the cache's lifetimes; the figures of `message_delta` are
 * cumulative: they take the former's place and are never added to them.
 */
export function createAnthropicStreamReader(): StreamReader {
  let head: Partial<Answer> = {};
  let usage: AnthropicUsage | undefined;
  let cut = true;
  const clientCalls = new Set<number>();
  return {
    read(data) {
      const event = parsed(Event, data, "an event of the Messages API");
      if (event.message) {
        head = { ...head, ...headOf(event.message) };
        usage = event.message.usage ?? usage;
      }
      if (event.usage) usage = updated(usage, event.usage);
      if (event.type === "message_delta" && event.delta?.stop_reason) {
        head = { ...head, finishReason: event.delta.stop_reason };
        cut = false;
      }
      return deltasOf(event, clientCalls);
    },
    end: () => ({ ...head, ...usageOf(usage), cut }),
  };
}

function headOf({ id, model, stop_reason }: Message): Partial<Answer> {
  return { ...(id && { id }), ...(model && { model }), ...(stop_reason && { finishReason: stop_reason }) };
}

function usageOf(usage: AnthropicUsage | undefined): Partial<Answer> {
  if (!usage) return {};
  const others = othersIn(usage);
  return {
    ...(usage.service_tier && { serviceTier: usage.service_tier }),
    ...(usage.speed && { speed: usage.speed }),
    usage: readAnthropicUsage(usage),
    ...(others.length > 0 && { others }),
  };
}

/** `clientCalls` remembers which blocks are calls that the caller is to run: what the server runs itself is not told as a call. */
function deltasOf({ type, index, content_block, delta, error }: Event, clientCalls: Set<number>): StreamDelta[] {
  const at = index ?? 0;
  if (type === "error") return [{ kind: "error", message: error?.message ?? "The stream broke." }];
  if (type === "content_block_start" && content_block?.type === "tool_use") {
    clientCalls.add(at);
    const { id, name } = content_block;
    return [{ kind: "toolCall", index: at, ...(id && { id }), ...(name && { name }), arguments: "" }];
  }
  if (type !== "content_block_delta" || !delta) return [];
  if (delta.text) return [{ kind: "text", text: delta.text }];
  if (delta.thinking) return [{ kind: "reasoning", text: delta.thinking }];
  if (!delta.partial_json) return [];
  if (clientCalls.has(at)) return [{ kind: "toolCall", index: at, arguments: delta.partial_json }];
  return [{ kind: "reasoning", text: delta.partial_json }];
}
