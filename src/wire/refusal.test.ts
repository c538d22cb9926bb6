import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { wireApis } from "./api.ts";
import type { RefusalEvent } from "./refusal.ts";
import { API_NAMES, type ApiName } from "./request.ts";

/** Refusals, told to the providers' own clients by a server on this machine: none may try again, and all must show the text. */

const message = "Your team's limit of $20.00 is reached; it resets on 1 December. <b>Not</b> [markdown](command:x)";
const refusal = { message, retryAfter: 90.5 };

type Client = (url: string, stream: boolean) => Promise<unknown>;

const drained = async (events: AsyncIterable<unknown>) => {
  const all: unknown[] = [];
  for await (const event of events) all.push(event);
  return all;
};

/** One request of each official SDK, with the retries that it makes by itself. */
const clients: Record<ApiName, Client> = {
  "openai-chat": async (url, stream) => {
    const client = new OpenAI({ apiKey: "k", baseURL: `${url}/v1` });
    const body = { model: "gpt-5.4", messages: [{ role: "user" as const, content: "hi" }] };
    if (!stream) return await client.chat.completions.create(body);
    return await drained(await client.chat.completions.create({ ...body, stream: true }));
  },
  "openai-responses": async (url, stream) => {
    const client = new OpenAI({ apiKey: "k", baseURL: `${url}/v1` });
    if (!stream) return await client.responses.create({ model: "gpt-5.4", input: "hi" });
    return await drained(await client.responses.create({ model: "gpt-5.4", input: "hi", stream: true }));
  },
  "anthropic-messages": async (url, stream) => {
    const client = new Anthropic({ apiKey: "k", baseURL: url });
    const body = { model: "claude-opus-5", max_tokens: 9, messages: [{ role: "user" as const, content: "hi" }] };
    if (!stream) return await client.messages.create(body);
    return await drained(await client.messages.create({ ...body, stream: true }));
  },
  "gemini-generate-content": async (url, stream) => {
    // This SDK tries again only when told to, and then every status that may pass.
    const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url, retryOptions: { attempts: 3 } } });
    const body = { model: "gemini-3-pro", contents: "hi" };
    if (!stream) return await client.models.generateContent(body);
    return await drained(await client.models.generateContentStream(body));
  },
};

/** What an API streams before the refusal comes. */
const beginnings: Record<ApiName, RefusalEvent[]> = {
  "openai-chat": [
    { data: { id: "chatcmpl-1", model: "m", choices: [{ index: 0, delta: { content: "Hel" }, finish_reason: null }] } },
  ],
  "openai-responses": [
    {
      event: "response.output_text.delta",
      data: { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hel", sequence_number: 1 },
    },
  ],
  "anthropic-messages": [
    {
      event: "message_start",
      data: {
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          content: [],
          model: "m",
          usage: { input_tokens: 5, output_tokens: 1 },
        },
      },
    },
    { event: "content_block_start", data: { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } },
  ],
  "gemini-generate-content": [{ data: { candidates: [{ content: { role: "model", parts: [{ text: "Hel" }] } }] } }],
};

const line = ({ event, data }: RefusalEvent) => `${event ? `event: ${event}\n` : ""}data: ${JSON.stringify(data)}\n\n`;

describe("refusals, to the providers' own clients", () => {
  let server: Server;
  let url: string;
  let requests: number;
  let answer: (response: ServerResponse) => void;

  before(async () => {
    server = createServer((request, response) => {
      requests++;
      request.resume().on("end", () => answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    requests = 0;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  for (const name of API_NAMES) {
    it(`of ${name} come at once, once, and with their text`, async () => {
      const { status, headers, body } = wireApis[name].refuse(refusal);
      answer = (response) => response.writeHead(status, headers).end(JSON.stringify(body));
      for (const stream of [false, true]) {
        requests = 0;
        await assert.rejects(
          clients[name](url, stream),
          (error: Error & { status?: number }) => error.status === 400 && textOf(error).includes(message),
        );
        assert.equal(requests, 1);
      }
    });

    it(`of ${name} in the midst of a stream end it, once, and with their text`, async () => {
      const place = { id: "resp_1", model: "gpt-5.4", sequence: 2 };
      const events = [...beginnings[name], ...wireApis[name].refuseStream(refusal, place)];
      answer = (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(events.map(line).join(""));
      const said = await clients[name](url, true).catch(textOf);
      assert.ok(JSON.stringify(said).includes(JSON.stringify(message).slice(1, -1)), JSON.stringify(said));
      assert.equal(requests, 1);
    });

    it(`of ${name} are understood by our own reader`, () => {
      const reader = wireApis[name].createStreamReader();
      const events = [...beginnings[name], ...wireApis[name].refuseStream(refusal)];
      const deltas = events.flatMap(({ data }) => reader.read(data));
      assert.deepEqual(deltas.at(-1), { kind: "error", message });
    });
  }

  it("of Claude Code have the form of the gateway for Claude's apps: 429 billing_error, not to be retried, with the seconds to the reset", async () => {
    const refused = wireApis["anthropic-messages"].refuse(refusal, "claude-code");
    assert.deepEqual(refused, {
      status: 429,
      headers: { "content-type": "application/json", "x-should-retry": "false", "retry-after": "91" },
      body: { type: "error", error: { type: "billing_error", message } },
    });
    answer = (response) => response.writeHead(refused.status, refused.headers).end(JSON.stringify(refused.body));
    await assert.rejects(clients["anthropic-messages"](url, false), { status: 429, type: "billing_error", apiMessage: message });
    assert.equal(requests, 1);
    assert.equal(wireApis["anthropic-messages"].refuse({ message }, "claude-code").headers["retry-after"], undefined);
  });

  it("would be tried again without their header: the test can fail", async () => {
    answer = (response) => response.writeHead(429, { "content-type": "application/json", "retry-after-ms": "1" }).end("{}");
    await assert.rejects(clients["anthropic-messages"](url, false));
    assert.equal(requests, 3);
  });
});

/** All that an error says: some clients keep the text in its message as JSON. */
function textOf(error: Error): string {
  return error.message.replaceAll('\\"', '"');
}
