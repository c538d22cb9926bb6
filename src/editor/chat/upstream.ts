import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Answer, StreamDelta } from "../../wire/answer.ts";
import { createChatStreamReader } from "../../wire/openai/chatAnswer.ts";
import type { ChatRequest } from "../../wire/openai/chatRequest.ts";

/** Where requests go, and the key that opens it. */
export interface UpstreamAddress {
  /** Base URL of an OpenAI-compatible API, without a trailing slash. */
  url: string;
  key?: string | undefined;
}

/** An answer of the upstream that is not one: its status, and what it says for people. */
export class UpstreamRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** It is certain that the request did not reach the upstream. */
export class UpstreamUnreachable extends Error {}

/** The ids of the models that the upstream serves. @throws UpstreamRefusal, UpstreamUnreachable or a network error */
export async function listModels({ url, key }: UpstreamAddress, signal: AbortSignal): Promise<string[]> {
  const response = await request(`${url}/models`, { headers: headers(key), signal });
  const body = (await response.json()) as { data?: unknown };
  const entries: unknown[] = Array.isArray(body.data) ? body.data : [];
  return entries.flatMap((entry) => {
    const id = (entry as { id?: unknown } | null)?.id;
    return typeof id === "string" && id.length <= 200 ? [id] : [];
  });
}

/**
 * Sends one chat request and hands on what streams back.
 * @returns what the stream has told by its end, usage included where the server reports it
 * @throws UpstreamRefusal when the server declines, UpstreamUnreachable when nothing left, else what broke the stream
 */
export async function streamChat(
  { url, key }: UpstreamAddress,
  body: ChatRequest,
  onDelta: (delta: StreamDelta) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await request(`${url}/chat/completions`, {
    method: "POST",
    headers: { ...headers(key), "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  const reader = createChatStreamReader();
  const parser = createParser({
    onEvent({ data }: EventSourceMessage) {
      if (data === "[DONE]") return;
      for (const delta of reader.read(JSON.parse(data))) onDelta(delta);
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  return reader.end();
}

/** The editor's own `fetch`, which knows its proxy and certificates. A redirect could carry the key elsewhere: refused. */
async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "error" }).catch((error: unknown) => {
    throw neverLeft(error) ? new UpstreamUnreachable(reasonOf(error), { cause: error }) : error;
  });
  if (response.ok) return response;
  throw new UpstreamRefusal(response.status, await problemOf(response));
}

function headers(key: string | undefined): Record<string, string> {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** Errors that come before a connection stands. */
const BEFORE_CONNECTION =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_(NAME_NOT_RESOLVED|CONNECTION_REFUSED|INTERNET_DISCONNECTED|ADDRESS_UNREACHABLE|PROXY_CONNECTION_FAILED)/;

function neverLeft(error: unknown): boolean {
  return BEFORE_CONNECTION.test(reasonOf(error));
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return [message, cause?.code, cause?.message].filter(Boolean).join(": ");
}

/** What the server says of its refusal: OpenAI's error form, else the status. */
async function problemOf(response: Response): Promise<string> {
  const text = (await response.text().catch(() => "")).slice(0, 10_000);
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } | string };
    const message = typeof error === "string" ? error : error?.message;
    if (typeof message === "string" && message) return message.slice(0, 500);
  } catch {
    // not JSON
  }
  return `HTTP ${response.status} ${response.statusText}`.trim();
}
