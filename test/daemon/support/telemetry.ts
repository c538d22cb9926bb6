import { randomUUID } from "node:crypto";

/** A call of a model, as Copilot Chat reports it. */
export interface Reported {
  session?: string;
  parent?: string;
  model?: string;
  server?: string;
  /** Input includes what the cache had. */
  input?: number;
  cached?: number;
  output?: number;
  responseId?: string;
  /** Epoch ms; now by default. */
  at?: number;
  /** More attributes, or others. */
  more?: Record<string, string | number | boolean>;
  operation?: string;
}

/** An `ExportTraceServiceRequest` in JSON, with prompts in it as Copilot Chat's have them. */
export function otlp(calls: readonly Reported[]): object {
  return { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: "copilot-chat" }, spans: calls.map(spanOf) }] }] };
}

/** What no ledger, log or answer may ever hold. */
export const PROMPT = "the ferry sails at dawn, tell nobody";

function spanOf({
  session,
  parent,
  model = "test/one",
  server,
  input,
  cached,
  output,
  responseId,
  at,
  more,
  operation,
}: Reported) {
  const end = at ?? Date.now();
  const attributes: Record<string, string | number | boolean | undefined> = {
    "gen_ai.operation.name": operation ?? "chat",
    "gen_ai.provider.name": "github",
    "gen_ai.request.model": model,
    "gen_ai.response.model": model,
    "gen_ai.response.id": responseId ?? randomUUID(),
    "gen_ai.usage.input_tokens": input,
    "gen_ai.usage.cache_read.input_tokens": cached,
    "gen_ai.usage.output_tokens": output,
    "gen_ai.input.messages": PROMPT,
    "copilot_chat.user_request": PROMPT,
    "server.address": server,
    "copilot_chat.chat_session_id": session,
    "copilot_chat.parent_chat_session_id": parent,
    ...more,
  };
  return {
    ...{ traceId: "0".repeat(32), spanId: randomUUID().replaceAll("-", "").slice(0, 16), name: `chat ${model}`, kind: 3 },
    startTimeUnixNano: `${end - 1}000000`,
    endTimeUnixNano: `${end}000000`,
    attributes: Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: any(value) }])),
    status: { code: 1 },
  };
}

function any(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  return typeof value === "boolean" ? { boolValue: value } : { intValue: value };
}

/** Sends it to a receiver's address, as the exporter does. @returns the status of the answer */
export async function send(url: string, body: object | string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}
