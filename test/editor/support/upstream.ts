import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What a chat request to the upstream carried. */
export interface Received {
  authorization: string | undefined;
  body: {
    model: string;
    messages: { role: string; content: unknown; tool_call_id?: string; tool_calls?: unknown }[];
    stream?: boolean;
    stream_options?: unknown;
    tools?: { function: { name: string } }[];
  };
}

export type Reply = { status: number; message: string } | { chunks: object[] };

/** An OpenAI-compatible server of a test's own: it serves the models named and answers as the test says. */
export interface Upstream {
  url: string;
  received: Received[];
  answer: (request: Received) => Reply;
  close(): Promise<void>;
}

/** One streamed answer: text, or a call of a tool; then the usage. */
export function spoken(delta: object, promptTokens = 12): Reply {
  const chunk = (choices: object[], usage?: object) => ({ id: "chatcmpl-test", model: "m", choices, usage: usage ?? null });
  return {
    chunks: [
      chunk([{ index: 0, delta, finish_reason: null }]),
      chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
      chunk([], { prompt_tokens: promptTokens, completion_tokens: 3 }),
    ],
  };
}

export async function startUpstream(models: string[]): Promise<Upstream> {
  const received: Received[] = [];
  const upstream = { received, answer: () => spoken({ content: "Hello" }) } as unknown as Upstream;
  const server = createServer(async (request, response) => {
    if (request.url === "/v1/models") return response.end(JSON.stringify({ data: models.map((id) => ({ id })) }));
    const one = { authorization: request.headers.authorization, body: JSON.parse(await textOf(request)) } as Received;
    received.push(one);
    const reply = upstream.answer(one);
    if ("status" in reply) return response.writeHead(reply.status).end(JSON.stringify({ error: { message: reply.message } }));
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of reply.chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    return response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  upstream.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return upstream;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
