import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The demo models: an OpenAI-compatible server on loopback (`/v1/models`, `/v1/chat/completions`, streaming or not) with no
 * intelligence and real-shaped usage, so that sending works with no key and no network. It says so in every answer.
 */
export interface DemoModel {
  /** Base URL, as an OpenAI client takes it: `http://127.0.0.1:PORT/v1`. */
  url: string;
  close(): Promise<void>;
}

/** Ids of the demo models; their made-up prices are in the sample team's policy. */
export const DEMO_MODELS = ["demo-small", "demo-large"] as const;

interface ChatRequest {
  model: string;
  messages: { role: string; content: unknown }[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  max_tokens?: number;
  max_completion_tokens?: number;
}

interface Completion {
  id: string;
  model: string;
  created: number;
  words: string[];
  finishReason: "stop" | "length";
  usage: ReturnType<typeof usageOf>;
}

/** Starts the demo models on a free port of loopback. `count` counts tokens for their usage; `wordDelay` paces a stream (ms). */
export async function startDemoModel({
  count,
  wordDelay = 12,
}: {
  count: (text: string) => number;
  wordDelay?: number;
}): Promise<DemoModel> {
  const server = createServer((request, response) => {
    answer(request, response, count, wordDelay).catch((error: unknown) => fail(response, 500, String(error)));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, count: (text: string) => number, wordDelay: number) {
  if (request.method === "GET" && request.url === "/v1/models") {
    return json(response, 200, {
      object: "list",
      data: DEMO_MODELS.map((id) => ({ id, object: "model", created: 0, owned_by: "demo" })),
    });
  }
  if (request.method !== "POST" || request.url !== "/v1/chat/completions")
    return fail(response, 404, `no route ${request.method} ${request.url}`);
  const body = JSON.parse(await readAll(request)) as ChatRequest;
  if (!(DEMO_MODELS as readonly string[]).includes(body.model))
    return fail(response, 404, `The model ${body.model} does not exist`);
  const completion = complete(body, count);
  if (!body.stream) return json(response, 200, whole(completion));
  await stream(response, completion, body.stream_options?.include_usage === true, wordDelay);
}

/** What the demo says of a request: a few sentences, longer for the large model, cut at `max_tokens`. */
function complete(body: ChatRequest, count: (text: string) => number): Completion {
  const prompt = body.messages.map(({ role, content }) => `${role}\n${textOf(content)}`).join("\n");
  const promptTokens = count(prompt) + 3 * body.messages.length + 3;
  const words = replyTo(body, promptTokens).split(/(?<= )/);
  const limit = body.max_completion_tokens ?? body.max_tokens ?? Number.POSITIVE_INFINITY;
  while (words.length > 1 && count(words.join("")) > limit) words.pop();
  const cut = words.join("").length < replyTo(body, promptTokens).length;
  return {
    id: `chatcmpl-demo-${randomUUID()}`,
    model: body.model,
    created: Math.floor(Date.now() / 1000),
    words,
    finishReason: cut ? "length" : "stop",
    usage: usageOf(promptTokens, count(words.join(""))),
  };
}

function replyTo({ model, messages }: ChatRequest, promptTokens: number): string {
  const asked = textOf(messages.findLast(({ role }) => role === "user")?.content)
    .replace(/\s+/g, " ")
    .trim();
  const short = `This is ${model}, a demo model on your own machine. It has no intelligence and costs nothing; its price is made up. I read ${promptTokens.toLocaleString("en-US")} tokens in ${messages.length} messages`;
  if (model === "demo-small") return `${short}.`;
  const quoted = asked.length > 80 ? `${asked.slice(0, 80)}…` : asked;
  return `${short}, the last of which begins: “${quoted}”\n\nA real model would now think at length, which is what makes it expensive. Watch the status bar: the hold that was set aside for this request has just been replaced by what it really used, and the rest is yours again.`;
}

/** OpenAI's usage object; nothing is cached and nothing is reasoned about here. */
function usageOf(prompt: number, completion: number) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function whole({ id, model, created, words, finishReason, usage }: Completion) {
  const message = { role: "assistant", content: words.join("") };
  return { id, object: "chat.completion", created, model, choices: [{ index: 0, message, finish_reason: finishReason }], usage };
}

async function stream(
  response: ServerResponse,
  { id, model, created, words, finishReason, usage }: Completion,
  includeUsage: boolean,
  wordDelay: number,
) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const send = (choices: unknown[], last?: typeof usage) => {
    const chunk = { id, object: "chat.completion.chunk", created, model, choices, ...(includeUsage && { usage: last ?? null }) };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  for (const word of words) {
    if (response.destroyed) return;
    send([{ index: 0, delta: { role: "assistant", content: word }, finish_reason: null }]);
    if (wordDelay > 0) await new Promise((resolve) => setTimeout(resolve, wordDelay));
  }
  send([{ index: 0, delta: {}, finish_reason: finishReason }]);
  if (includeUsage) send([], usage);
  response.end("data: [DONE]\n\n");
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("\n");
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function json(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** OpenAI's error form. */
function fail(response: ServerResponse, status: number, message: string) {
  if (response.headersSent) return response.destroy();
  json(response, status, { error: { message, type: "invalid_request_error", param: null, code: null } });
}
