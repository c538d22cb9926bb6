import assert from "node:assert/strict";
import fc from "fast-check";
import { Tiktoken } from "js-tiktoken/lite";
import o200k_base from "js-tiktoken/ranks/o200k_base";
import { type ChatMessage, type ChatUsage, countableText, createStreamReader, readUsage } from "./openaiChat.ts";
import { TOKEN_CLASSES, usageOf } from "./usage.ts";

describe("openai chat: usage", () => {
  it("takes cached tokens out of the input, and leaves reasoning in the output", () => {
    // The example of the API's prompt caching guide.
    const usage = {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920 },
      completion_tokens_details: { reasoning_tokens: 120, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
    };
    assert.deepEqual(readUsage(usage), usageOf({ input: 86, cacheRead: 1920, output: 300 }));
  });

  it("keeps cache writes and audio in classes of their own", () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 200, cache_write_tokens: 300, audio_tokens: 50 },
      completion_tokens_details: { audio_tokens: 40, reasoning_tokens: 0 },
    };
    const expected = usageOf({ input: 450, cacheRead: 200, cacheWrite5m: 300, audioIn: 50, output: 60, audioOut: 40 });
    assert.deepEqual(readUsage(usage), expected);
  });

  it("reads a server that gives totals only, or nulls", () => {
    const expected = usageOf({ input: 9, output: 12 });
    assert.deepEqual(readUsage({ prompt_tokens: 9, completion_tokens: 12 }), expected);
    const nulls = { prompt_tokens_details: null, completion_tokens_details: { reasoning_tokens: null, audio_tokens: null } };
    assert.deepEqual(readUsage({ prompt_tokens: 9, completion_tokens: 12, ...nulls }), expected);
  });

  it("counts each token exactly once, whatever the details say", () => {
    const count = fc.nat(5000);
    const usages = fc.record<ChatUsage>({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: fc.record({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count }),
      completion_tokens_details: fc.record({ reasoning_tokens: count, audio_tokens: count }),
    });
    fc.assert(
      fc.property(usages, (usage) => {
        const read = readUsage(usage);
        const total = TOKEN_CLASSES.reduce((sum, name) => sum + read[name], 0);
        assert.equal(total, usage.prompt_tokens + usage.completion_tokens);
        assert.equal(read.output + read.audioOut, usage.completion_tokens);
        assert.ok(TOKEN_CLASSES.every((name) => read[name] >= 0));
      }),
    );
  });
});

describe("openai chat: stream", () => {
  const chunk = (delta: object, more: object = {}) => ({
    id: "chatcmpl-123",
    object: "chat.completion.chunk",
    created: 1694268190,
    model: "gpt-4o-mini",
    service_tier: "default",
    system_fingerprint: "fp_44709d6fcb",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
    usage: null,
    ...more,
  });
  const finish = (reason: string) => chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: reason }] });
  const usage = chunk({}, { choices: [], usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } });

  it("gives the text, then usage and the request's id from the last chunk", () => {
    const reader = createStreamReader();
    const chunks = [
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hel" }),
      chunk({ content: "lo" }),
      finish("stop"),
      usage,
    ];
    const deltas = chunks.flatMap((data) => reader.read(data));
    assert.deepEqual(deltas, [
      { kind: "text", text: "Hel" },
      { kind: "text", text: "lo" },
    ]);
    assert.deepEqual(reader.end(), {
      id: "chatcmpl-123",
      model: "gpt-4o-mini",
      serviceTier: "default",
      finishReason: "stop",
      usage: usageOf({ input: 9, output: 2 }),
      cut: false,
    });
  });

  it("gives the pieces of tool calls", () => {
    const reader = createStreamReader();
    const deltas = [
      chunk({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "get_weather", arguments: "" } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] }),
    ].flatMap((data) => reader.read(data));
    assert.deepEqual(deltas, [
      { kind: "toolCall", index: 0, id: "call_1", name: "get_weather", arguments: "" },
      { kind: "toolCall", index: 0, arguments: '{"city":' },
      { kind: "toolCall", index: 0, arguments: '"Oslo"}' },
    ]);
  });

  it("says that it was cut: before its end, or after it but before usage", () => {
    const early = createStreamReader();
    early.read(chunk({ content: "Hel" }));
    assert.deepEqual([early.end().cut, early.end().usage, early.end().id], [true, undefined, "chatcmpl-123"]);
    const late = createStreamReader();
    late.read(finish("length"));
    assert.deepEqual([late.end().cut, late.end().usage, late.end().finishReason], [false, undefined, "length"]);
  });

  it("takes the last usage where a server repeats it", () => {
    const reader = createStreamReader();
    reader.read(chunk({ content: "a" }, { usage: { prompt_tokens: 9, completion_tokens: 1 } }));
    reader.read(chunk({ content: "b" }, { usage: { prompt_tokens: 9, completion_tokens: 2 } }));
    assert.deepEqual(reader.end().usage, usageOf({ input: 9, output: 2 }));
  });

  it("passes on an error that comes inside a stream, and refuses what is no chunk", () => {
    const reader = createStreamReader();
    assert.deepEqual(reader.read({ error: { code: 502, message: "upstream went away" } }), [
      { kind: "error", message: "upstream went away" },
    ]);
    for (const data of ["[DONE]", 7, null, { choices: "x" }, { usage: { prompt_tokens: -1, completion_tokens: 0 } }])
      assert.throws(() => reader.read(data), TypeError);
  });
});

describe("openai chat: what to count", () => {
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
    const { texts, overhead, otherParts } = countableText(messages);
    assert.equal(overhead, 6 * 4 + 4 + 3);
    assert.equal(
      texts.reduce((sum, text) => sum + encoding.encode(text).length, overhead),
      124,
    );
    assert.equal(otherParts, 0);
  }).timeout(20_000);

  it("names every text once: parts, tool calls and their answers, and tools as JSON", () => {
    const call = { id: "call_1", type: "function" as const, function: { name: "read", arguments: '{"path":"a"}' } };
    const { texts, overhead, otherParts } = countableText(
      [
        { role: "user", content: [{ type: "text", text: "look" }, { type: "image_url" }, { type: "text", text: "here" }] },
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", tool_call_id: "call_1", content: "text of a" },
      ],
      [{ type: "function", function: { name: "read", parameters: { type: "object" } } }],
    );
    assert.deepEqual(texts, [
      "look",
      "here",
      "text of a",
      "call_1",
      '{"name":"read","arguments":"{\\"path\\":\\"a\\"}"}',
      '{"name":"read","parameters":{"type":"object"}}',
    ]);
    assert.equal(overhead, 3 * 4 + 3);
    assert.equal(otherParts, 1);
  });

  it("is the priming alone for no messages", () =>
    assert.deepEqual(countableText([]), { texts: [], overhead: 3, otherParts: 0 }));
});
