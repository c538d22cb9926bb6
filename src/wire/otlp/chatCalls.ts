import { type Usage, usageOf } from "../usage.ts";
import { spansOfJson } from "./json.ts";
import { spansOfProtobuf } from "./protobuf.ts";
import type { Span } from "./span.ts";

/** A call of a model, as the editor's own assistant reports it in a `chat` span. */
export interface ChatCall {
  /** The same for the same call, however often it is reported. */
  key: string;
  /** `gen_ai.response.id`: the `x-request-id` that the assistant sent with the request. */
  responseId?: string;
  /** The chat's session; absent for what the assistant does besides (titles, summaries). */
  session?: string;
  /** The session that started this one, where it is a sub-agent's. */
  parentSession?: string;
  /** As the assistant names it; the one that answered, where that is told. */
  model: string;
  /** Who serves it: `gen_ai.provider.name`, and the host that was called, where that is told. */
  provider: string;
  server?: string;
  /** Absent where the call ended without any. */
  usage?: Usage;
  /** Epoch ms. */
  start: number;
  end: number;
  /** The person stopped it, or it failed. */
  canceled: boolean;
  failed: boolean;
}

const WANTED = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  server: "server.address",
  requestModel: "gen_ai.request.model",
  responseModel: "gen_ai.response.model",
  responseId: "gen_ai.response.id",
  input: "gen_ai.usage.input_tokens",
  output: "gen_ai.usage.output_tokens",
  cacheRead: "gen_ai.usage.cache_read.input_tokens",
  cacheWrite: "gen_ai.usage.cache_creation.input_tokens",
  session: "copilot_chat.chat_session_id",
  parentSession: "copilot_chat.parent_chat_session_id",
  canceled: "copilot_chat.canceled",
} as const;
const WANTED_KEYS: ReadonlySet<string> = new Set(Object.values(WANTED));

/**
 * The calls in a message of OTLP traces, by its content type JSON or protobuf; of it nothing else is kept. Only `chat` spans count: what runs
 * around them repeats their sums. Never throws.
 */
export function chatCallsIn(body: Uint8Array, contentType: string): ChatCall[] {
  const spans = contentType.includes("json")
    ? spansOfJson(new TextDecoder().decode(body), WANTED_KEYS)
    : spansOfProtobuf(body, WANTED_KEYS);
  return spans.flatMap((span) => callOf(span) ?? []);
}

function callOf(span: Span): ChatCall | undefined {
  const text = (name: keyof typeof WANTED): string => {
    const value = span.attributes.get(WANTED[name]);
    return typeof value === "string" ? value : "";
  };
  if (text("operation") !== "chat" || !(span.end > 0)) return undefined;
  const [responseId, session, parentSession, server] = [
    text("responseId"),
    text("session"),
    text("parentSession"),
    text("server"),
  ];
  const key = responseId || (span.traceId && span.spanId && `${span.traceId}/${span.spanId}`);
  const usage = usageIn(span);
  if (!key) return undefined;
  return {
    ...{ key, model: text("responseModel") || text("requestModel") || "unknown", provider: text("provider") },
    ...(responseId && { responseId }),
    ...(session && { session }),
    ...(parentSession && { parentSession }),
    ...(server && { server }),
    ...(usage && { usage }),
    ...{ start: span.start, end: span.end, canceled: span.attributes.get(WANTED.canceled) === true, failed: span.failed },
  };
}

/** The input counts what was read from and written to the cache, and the output the reasoning. */
function usageIn({ attributes }: Span): Usage | undefined {
  const count = (name: keyof typeof WANTED): number | undefined => {
    const value = attributes.get(WANTED[name]);
    return typeof value === "number" && value >= 0 && value <= MOST_TOKENS ? Math.round(value) : undefined;
  };
  const [input, output] = [count("input"), count("output")];
  if (input === undefined && output === undefined) return undefined;
  const sent = input ?? 0;
  const cacheRead = Math.min(sent, count("cacheRead") ?? 0);
  const cacheWrite5m = Math.min(sent - cacheRead, count("cacheWrite") ?? 0);
  return usageOf({ input: sent - cacheRead - cacheWrite5m, cacheRead, cacheWrite5m, output: output ?? 0 });
}

/** No call has more. */
const MOST_TOKENS = 1e9;
