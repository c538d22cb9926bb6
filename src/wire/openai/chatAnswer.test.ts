import assert from "node:assert/strict";
import fc from "fast-check";
import type OpenAI from "openai";
import { TOKEN_CLASSES, usageOf } from "../usage.ts";
import { type ChatUsage, createChatStreamReader, readChatAnswer, readChatUsage } from "./chatAnswer.ts";

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
    assert.deepEqual(readChatUsage(usage), usageOf({ input: 86, cacheRead: 1920, output: 300 }));
  });

  it("keeps cache writes and audio in classes of their own", () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 200, cache_write_tokens: 300, audio_tokens: 50 },
      completion_tokens_details: { audio_tokens: 40, reasoning_tokens: 0 },
    };
    const expected = usageOf({ input: 450, cacheRead: 200, cacheWrite5m: 300, audioIn: 50, output: 60, audioOut: 40 });
    assert.deepEqual(readChatUsage(usage), expected);
  });

  it("reads a server that gives totals only, or nulls", () => {
    const expected = usageOf({ input: 9, output: 12 });
    assert.deepEqual(readChatUsage({ prompt_tokens: 9, completion_tokens: 12 }), expected);
    const nulls = { prompt_tokens_details: null, completion_tokens_details: { reasoning_tokens: null, audio_tokens: null } };
    assert.deepEqual(readChatUsage({ prompt_tokens: 9, completion_tokens: 12, ...nulls }), expected);
  });

  it("adds thoughts that a server has in its total alone to the output", () => {
    // As a gateway in front of Gemini has answered: nothing but thoughts.
    const usage = {
      prompt_tokens: 21,
      completion_tokens: 0,
      total_tokens: 81,
      completion_tokens_details: { reasoning_tokens: 60 },
    };
    assert.deepEqual(readChatUsage(usage), usageOf({ input: 21, output: 60 }));
    assert.deepEqual(readChatUsage({ ...usage, completion_tokens: 60 }), usageOf({ input: 21, output: 60 }));
  });

  it("counts each token exactly once, whatever the details say", () => {
    const count = fc.nat(5000);
    const usages = fc.record<ChatUsage>({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: fc.option(count),
      prompt_tokens_details: fc.record({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count }),
      completion_tokens_details: fc.record({ reasoning_tokens: count, audio_tokens: count }),
    });
    fc.assert(
      fc.property(usages, (usage) => {
        const read = readChatUsage(usage);
        const total = TOKEN_CLASSES.reduce((sum, name) => sum + read[name], 0);
        assert.equal(total, Math.max(usage.prompt_tokens + usage.completion_tokens, usage.total_tokens ?? 0));
        assert.equal(read.input + read.cacheRead + read.cacheWrite5m + read.audioIn, usage.prompt_tokens);
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
    const reader = createChatStreamReader();
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
    const reader = createChatStreamReader();
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

  it("gives thoughts apart from the text, under either name that servers have for them", () => {
    const reader = createChatStreamReader();
    const deltas = [chunk({ reasoning_content: "hm" }), chunk({ reasoning: "so", content: "Hi" })].flatMap((data) =>
      reader.read(data),
    );
    assert.deepEqual(deltas, [
      { kind: "reasoning", text: "hm" },
      { kind: "reasoning", text: "so" },
      { kind: "text", text: "Hi" },
    ]);
  });

  it("says that it was cut: before its end, or after it but before usage", () => {
    const early = createChatStreamReader();
    early.read(chunk({ content: "Hel" }));
    assert.deepEqual([early.end().cut, early.end().usage, early.end().id], [true, undefined, "chatcmpl-123"]);
    const late = createChatStreamReader();
    late.read(finish("length"));
    assert.deepEqual([late.end().cut, late.end().usage, late.end().finishReason], [false, undefined, "length"]);
  });

  it("takes the last usage where a server repeats it", () => {
    const reader = createChatStreamReader();
    reader.read(chunk({ content: "a" }, { usage: { prompt_tokens: 9, completion_tokens: 1 } }));
    reader.read(chunk({ content: "b" }, { usage: { prompt_tokens: 9, completion_tokens: 2 } }));
    assert.deepEqual(reader.end().usage, usageOf({ input: 9, output: 2 }));
  });

  it("passes on an error that comes inside a stream, and refuses what is no chunk", () => {
    const reader = createChatStreamReader();
    assert.deepEqual(reader.read({ error: { code: 502, message: "upstream went away" } }), [
      { kind: "error", message: "upstream went away" },
    ]);
    for (const data of ["[DONE]", 7, null, { choices: "x" }, { usage: { prompt_tokens: -1, completion_tokens: 0 } }])
      assert.throws(() => reader.read(data), TypeError);
  });
});

describe("openai chat: a whole answer", () => {
  it("is read as the API's reference shows it", () => {
    // developers.openai.com/api/reference, Create chat completion, default example.
    const completion = {
      id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
      object: "chat.completion",
      created: 1741569952,
      model: "gpt-4.1-2025-04-14",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hello! How can I assist you today?", refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 19,
        completion_tokens: 10,
        total_tokens: 29,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
      service_tier: "default",
    } satisfies OpenAI.ChatCompletion;
    assert.deepEqual(readChatAnswer(completion), {
      id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
      model: "gpt-4.1-2025-04-14",
      serviceTier: "default",
      finishReason: "stop",
      usage: usageOf({ input: 19, output: 10 }),
      cut: false,
    });
  });

  it("is refused where it is none, without a word of what stood there", () => {
    for (const body of [null, "secret", [], {}, { choices: "secret" }, { error: { message: "secret" } }])
      assert.throws(
        () => readChatAnswer(body),
        (error: Error) => error instanceof TypeError && !error.message.includes("secret"),
      );
  });
});
