import * as z from "zod/mini";
import type { Answer, StreamDelta, StreamReader } from "../answer.ts";
import { Count, parsed, Text } from "../parse.ts";
import type { Usage } from "../usage.ts";
import { openAiUsage } from "./usage.ts";

/** Answers of OpenAI's Responses API (npm `openai` 6.49, resources/responses/responses.d.ts). */

const ResponsesUsageSchema = z.object({
  input_tokens: z.int().check(z.minimum(0)),
  input_tokens_details: z.nullish(z.object({ cached_tokens: Count, cache_write_tokens: Count })),
  output_tokens: z.int().check(z.minimum(0)),
  total_tokens: Count,
  output_tokens_details: z.nullish(z.object({ reasoning_tokens: Count })),
});
export type ResponsesUsage = z.infer<typeof ResponsesUsageSchema>;

const OutputItem = z.looseObject({
  type: z.string(),
  id: Text,
  call_id: Text,
  name: Text,
  status: Text,
  action: z.nullish(z.looseObject({ type: Text })),
});
type OutputItem = z.infer<typeof OutputItem>;

const Response = z.object({
  id: Text,
  model: Text,
  status: Text,
  service_tier: Text,
  output: z.nullish(z.array(OutputItem)),
  usage: z.nullish(ResponsesUsageSchema),
  incomplete_details: z.nullish(z.object({ reason: Text })),
  error: z.nullish(z.object({ message: z.string() })),
});
type Response = z.infer<typeof Response>;
const WholeResponse = z.extend(Response, { object: z.literal("response") });

const Event = z.object({
  type: z.string(),
  response: z.nullish(Response),
  item: z.nullish(OutputItem),
  output_index: Count,
  delta: z.nullish(z.unknown()),
  message: Text,
  error: z.nullish(z.object({ message: Text })),
});
type Event = z.infer<typeof Event>;

/** The states in which a response has ended (the others: queued, in_progress). */
const ENDED = new Set(["completed", "incomplete", "failed", "cancelled"]);

/** Usage in disjoint classes, with the billable calls of the server's tools that stand in the output. */
export function readResponsesUsage(usage: ResponsesUsage, output: readonly OutputItem[] = []): Usage {
  return openAiUsage(
    {
      input: usage.input_tokens,
      cached: usage.input_tokens_details?.cached_tokens,
      cacheWritten: usage.input_tokens_details?.cache_write_tokens,
      output: usage.output_tokens,
      total: usage.total_tokens,
    },
    callsIn(output),
  );
}

/** The whole answer of a request without `stream`. @throws TypeError when it is no response */
export function readResponsesAnswer(body: unknown): Answer {
  const response = parsed(WholeResponse, body, "a response of the Responses API");
  return { ...factsOf(response, []), cut: !ENDED.has(response.status ?? "completed") };
}

/** Reads one answer's stream. The totals come with its last event: `response.completed`, `.incomplete` or `.failed`. */
export function createResponsesStreamReader(): StreamReader {
  let answer: Answer = { cut: true };
  const done: OutputItem[] = [];
  return {
    read(data) {
      const event = parsed(Event, data, "an event of the Responses API");
      if (event.type === "response.output_item.done" && event.item) done.push(event.item);
      if (event.response) answer = { ...answer, ...factsOf(event.response, done), cut: !hasEnded(event) };
      return deltasOf(event);
    },
    end: () => ({ ...answer }),
  };
}

function hasEnded({ type }: Event): boolean {
  return ENDED.has(type.replace(/^response\./, ""));
}

/** What a response tells; its own output counts, and while it has none what has been done. */
function factsOf(
  { id, model, status, service_tier, output, usage, incomplete_details }: Response,
  done: OutputItem[],
): Partial<Answer> {
  const finishReason = incomplete_details?.reason ?? (ENDED.has(status ?? "") ? status : undefined);
  return {
    ...(id && { id }),
    ...(model && { model }),
    ...(service_tier && { serviceTier: service_tier }),
    ...(finishReason && { finishReason }),
    ...(usage && { usage: readResponsesUsage(usage, output?.length ? output : done) }),
  };
}

/**
 * Calls that are billed one by one: searches of the web ("search actions incur a tool call cost", guides/tools-web-search; opening and
 * reading a page do not) and of files. Failed ones are not.
 */
function callsIn(output: readonly OutputItem[]): Record<string, number> {
  const count = (is: (item: OutputItem) => boolean) => output.filter((item) => item.status !== "failed" && is(item)).length;
  const webSearch = count(({ type, action }) => type === "web_search_call" && (action?.type ?? "search") === "search");
  const fileSearch = count(({ type }) => type === "file_search_call");
  return { ...(webSearch && { webSearch }), ...(fileSearch && { fileSearch }) };
}

function deltasOf(event: Event): StreamDelta[] {
  const { type, item, response, message, error } = event;
  const index = event.output_index ?? 0;
  const delta = typeof event.delta === "string" ? event.delta : "";
  switch (type) {
    case "response.output_text.delta":
    case "response.refusal.delta":
      return delta ? [{ kind: "text", text: delta }] : [];
    case "response.reasoning_text.delta":
    case "response.reasoning_summary_text.delta":
      return delta ? [{ kind: "reasoning", text: delta }] : [];
    case "response.output_item.added":
      if (item?.type !== "function_call" && item?.type !== "custom_tool_call") return [];
      return [
        {
          kind: "toolCall",
          index,
          ...(item.call_id && { id: item.call_id }),
          ...(item.name && { name: item.name }),
          arguments: "",
        },
      ];
    case "response.function_call_arguments.delta":
    case "response.custom_tool_call_input.delta":
      return [{ kind: "toolCall", index, arguments: delta }];
    case "response.failed":
      return [{ kind: "error", message: response?.error?.message ?? "The response failed." }];
    case "error":
      return [{ kind: "error", message: message ?? error?.message ?? "The response failed." }];
    default:
      return [];
  }
}
