import assert from "node:assert/strict";
import { Tiktoken } from "js-tiktoken/lite";
import o200k_base from "js-tiktoken/ranks/o200k_base";
import type OpenAI from "openai";
import { countable, type RequestPart } from "../request.ts";
import { exactly, isKnown } from "../tokenRange.ts";
import { type ChatMessage, readChatRequest } from "./chatRequest.ts";

type Params = OpenAI.ChatCompletionCreateParams;

/** A PNG of 1 x 1 pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const partsOf = (messages: Params["messages"], more: Partial<Params> = {}) =>
  readChatRequest({ model: "gpt-4o", messages, ...more } satisfies Params).parts;
const kinds = (parts: RequestPart[]) => parts.map(({ kind }) => kind);

describe("openai chat: what of a request is to be counted", () => {
  it("adds up to the count that OpenAI's cookbook prints for its example (124 for gpt-4o)", () => {
    const jargon = "translates corporate jargon into plain English.";
    const messages: ChatMessage[] = [
      { role: "system", content: `You are a helpful, pattern-following assistant that ${jargon}` },
      { role: "system", name: "example_user", content: "New synergies will help drive top-line growth." },
      { role: "system", name: "example_assistant", content: "Things working well together will increase revenue." },
      {
        role: "system",
        name: "example_user",
        content: "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
      },
      { role: "system", name: "example_assistant", content: "Let's talk later when we're less busy about how to do better." },
      { role: "user", content: "This late pivot means we don't have time to boil the ocean for the client deliverable." },
    ];
    const encoding = new Tiktoken(o200k_base);
    const { texts, tokens } = countable(readChatRequest({ model: "gpt-4o", messages }).parts);
    assert.deepEqual(tokens, exactly(6 * 4 + 4 + 3));
    assert.equal(
      texts.reduce((sum, text) => sum + encoding.encode(text).length, tokens.likely),
      124,
    );
  }).timeout(20_000);

  it("adds up to the 19 tokens that the reference's first example is billed", () => {
    // developers.openai.com/api/reference, Create chat completion, "Default": "prompt_tokens": 19.
    const { texts, tokens } = countable(
      partsOf([
        { role: "developer", content: "You are a helpful assistant." },
        { role: "user", content: "Hello!" },
      ]),
    );
    const encoding = new Tiktoken(o200k_base);
    assert.equal(
      texts.reduce((sum, text) => sum + encoding.encode(text).length, tokens.likely),
      19,
    );
  }).timeout(20_000);

  it("is every text once: contents, refusals, calls and their answers", () => {
    const call = { id: "call_1", type: "function" as const, function: { name: "read", arguments: '{"path":"a"}' } };
    const parts = partsOf([
      { role: "developer", content: [{ type: "text", text: "be brief" }] },
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "text", text: "here" },
        ],
      },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "text of a" },
      { role: "assistant", content: [{ type: "refusal", refusal: "no" }] },
      { role: "user", content: "why?" },
    ]);
    assert.deepEqual(
      parts.map(({ kind, role, texts }) => [kind, role, ...texts]),
      [
        ["system", undefined, "be brief"],
        ["message", "user", "look"],
        ["message", "user", "here"],
        ["toolCall", "assistant", '{"name":"read","arguments":"{\\"path\\":\\"a\\"}"}'],
        ["toolResult", "user", "text of a", "call_1"],
        ["message", "assistant", "no"],
        ["message", "user", "why?"],
        ["frame", undefined],
      ],
    );
    assert.deepEqual(countable(parts).tokens, exactly(6 * 4 + 3));
  });

  it("has tools and the schema of the answer as their JSON, of which the wording is not known", () => {
    const tool = { type: "function" as const, function: { name: "read", parameters: { type: "object" } } };
    const schema = { name: "answer", schema: { type: "object" } };
    const parts = partsOf([{ role: "user", content: "go" }], {
      tools: [tool],
      response_format: { type: "json_schema", json_schema: schema },
    });
    assert.deepEqual(kinds(parts), ["tools", "message", "schema", "frame"]);
    assert.deepEqual(parts[0]!.texts, [JSON.stringify(tool.function)]);
    assert.deepEqual(parts[2]!.texts, [JSON.stringify(schema)]);
    assert.ok(!isKnown(countable(parts).tokens));
  });

  it("measures pictures by their bytes, and bounds them where only the server has them", () => {
    const image = (url: string, detail?: "low" | "high") => ({
      type: "image_url" as const,
      image_url: { url, ...(detail && { detail }) },
    });
    const [own, far, low] = partsOf([
      {
        role: "user",
        content: [
          image(`data:image/png;base64,${PIXEL}`),
          image("https://example.com/a.png"),
          image("https://example.com/a.png", "low"),
        ],
      },
    ]);
    assert.deepEqual([own!.kind, own!.tokens], ["image", exactly(85 + 170 + 4)]);
    assert.deepEqual(far!.tokens, { low: 255, likely: 765, high: 1445, documented: true });
    assert.deepEqual(low!.tokens, exactly(85));
  });

  it("knows sound and files for what they are", () => {
    const wav = Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEfmt \x10\0\0\0", "latin1"), Buffer.alloc(16)]).toString("base64");
    const parts = partsOf([
      {
        role: "user",
        content: [
          { type: "input_audio", input_audio: { data: wav, format: "wav" } },
          {
            type: "file",
            file: { file_data: `data:application/pdf;base64,${Buffer.from("%PDF-1.4 /Type /Page").toString("base64")}` },
          },
          { type: "file", file: { file_id: "file-1" } },
        ],
      },
    ]);
    assert.deepEqual(kinds(parts), ["audio", "file", "file", "frame"]);
    assert.ok(parts[1]!.tokens.high < parts[2]!.tokens.high, "one page is less than a file of which nothing is known");
  });

  it("marks what stands before a breakpoint of the prompt cache", () => {
    const parts = partsOf([
      { role: "system", content: [{ type: "text", text: "rules", prompt_cache_breakpoint: { mode: "explicit" } }] },
      { role: "user", content: "hello" },
    ]);
    assert.deepEqual(
      parts.map(({ cacheWrite }) => cacheWrite),
      ["cacheWrite5m", undefined, undefined],
    );
  });

  it("is the priming alone for no messages", () => {
    assert.deepEqual(partsOf([]), [{ kind: "frame", texts: [], tokens: exactly(3) }]);
  });
});

describe("openai chat: what a request asks for", () => {
  it("has the model, the end, the number of answers, the tier, and whether it streams", () => {
    const body = {
      model: "gpt-5.4",
      messages: [],
      max_completion_tokens: 500,
      n: 3,
      service_tier: "flex",
      stream: true,
    } satisfies Params;
    const { parts, ...asked } = readChatRequest(body);
    assert.deepEqual(asked, {
      api: "openai-chat",
      model: "gpt-5.4",
      stream: true,
      maxOutput: 500,
      answers: 3,
      serviceTier: "flex",
      notInBody: [],
    });
    assert.equal(readChatRequest({ model: "m", messages: [], max_tokens: 7 }).maxOutput, 7);
  });

  it("says what the server adds by itself", () => {
    const searched = { model: "gpt-4o-search-preview", messages: [], web_search_options: {} } satisfies Params;
    assert.deepEqual(readChatRequest(searched).notInBody, ["serverTool"]);
    const spoken = [{ role: "assistant" as const, audio: { id: "audio_abc" } }];
    assert.deepEqual(readChatRequest({ model: "gpt-audio", messages: spoken }).notInBody, ["storedItem"]);
  });

  it("takes the model from the URL where the body names none, and needs one", () => {
    assert.equal(readChatRequest({ messages: [] }, { model: "my-deployment" }).model, "my-deployment");
    assert.throws(() => readChatRequest({ messages: [] }), { name: "TypeError", message: "The request names no model." });
  });

  it("refuses what is no such body, says where, and repeats no word of it", () => {
    for (const body of [
      null,
      "secret",
      [],
      {},
      { model: "m", messages: "secret" },
      { model: "m", messages: [{ content: "secret" }] },
    ])
      assert.throws(
        () => readChatRequest(body),
        (error: Error) => error instanceof TypeError && /^Not a request/.test(error.message) && !error.message.includes("secret"),
      );
    assert.throws(() => readChatRequest({ model: "m", messages: [{ role: 7 }] }), /messages\.0\.role must be string/);
  });

  it("is not upset by fields and types of content that it does not know", () => {
    const message = { role: "user", content: [{ type: "hologram", depth: 3 }], mood: "fine" };
    const { parts } = readChatRequest({ model: "m", messages: [message], future: { yes: true } });
    assert.deepEqual([parts[0]!.kind, parts[0]!.texts], ["other", ['{"type":"hologram","depth":3}']]);
  });
});
