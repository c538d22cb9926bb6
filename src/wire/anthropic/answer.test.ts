import assert from "node:assert/strict";
import type Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import { TOKEN_CLASSES, usageOf } from "../usage.ts";
import { createAnthropicStreamReader, readAnthropicAnswer } from "./answer.ts";
import { type AnthropicUsage, readAnthropicUsage } from "./usage.ts";

const usage = (counts: object) => readAnthropicUsage(counts as AnthropicUsage);

describe("anthropic: usage", () => {
  it("adds what was cached to the input, which excludes it; and counts searches as calls", () => {
    // platform.claude.com, about-claude/pricing, "Web search tool".
    const counts = {
      input_tokens: 105,
      output_tokens: 6039,
      cache_read_input_tokens: 7123,
      cache_creation_input_tokens: 7345,
      server_tool_use: { web_search_requests: 1 },
    };
    const expected = usageOf({ input: 105, cacheRead: 7123, cacheWrite5m: 7345, output: 6039, calls: { webSearch: 1 } });
    assert.deepEqual(usage(counts), expected);
  });

  it("does not count fetches, which are not billed by the call", () => {
    // Same page, "Web fetch tool".
    const counts = { input_tokens: 25039, output_tokens: 931, server_tool_use: { web_fetch_requests: 1 } };
    assert.deepEqual(usage(counts), usageOf({ input: 25039, output: 931 }));
  });

  it("keeps what is written for five minutes and for an hour apart", () => {
    // build-with-claude/prompt-caching, "1-hour cache duration": the sum of `cache_creation` is `cache_creation_input_tokens`.
    const split = { ephemeral_5m_input_tokens: 456, ephemeral_1h_input_tokens: 100 };
    const counts = { input_tokens: 2048, cache_read_input_tokens: 1800, output_tokens: 503, cache_creation: split };
    const expected = usageOf({ input: 2048, cacheRead: 1800, cacheWrite5m: 456, cacheWrite1h: 100, output: 503 });
    assert.deepEqual(usage({ ...counts, cache_creation_input_tokens: 556 }), expected);
    assert.deepEqual(usage({ ...counts, cache_creation_input_tokens: null }), expected);
  });

  it("adds what summaries of the context used, which the totals leave out, and keeps advisers apart", () => {
    // agents-and-tools/tool-use/advisor-tool, "Usage and billing".
    const advised = {
      input_tokens: 1760,
      cache_read_input_tokens: 412,
      cache_creation_input_tokens: 0,
      output_tokens: 531,
      iterations: [
        { type: "message", input_tokens: 412, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 89 },
        {
          type: "advisor_message",
          model: "claude-opus-5",
          input_tokens: 823,
          cache_read_input_tokens: 0,
          cache_creation_input_tokens: 0,
          output_tokens: 1612,
        },
        { type: "message", input_tokens: 1348, cache_read_input_tokens: 412, cache_creation_input_tokens: 0, output_tokens: 442 },
      ],
    };
    const answer = readAnthropicAnswer({ type: "message", id: "msg_1", usage: advised });
    assert.deepEqual(answer.usage, usageOf({ input: 1760, cacheRead: 412, output: 531 }));
    assert.deepEqual(answer.others, [{ model: "claude-opus-5", usage: usageOf({ input: 823, output: 1612 }) }]);
    const compaction = { type: "compaction", input_tokens: 5000, output_tokens: 700 };
    const compacted = { ...advised, iterations: [compaction, ...advised.iterations] };
    assert.deepEqual(usage(compacted), usageOf({ input: 6760, cacheRead: 412, output: 1231 }));
  });

  it("counts each token exactly once, whatever the details say", () => {
    const count = fc.nat(5000);
    const split = fc.option(fc.record({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count }));
    const counts = fc.record({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: fc.option(count),
      cache_creation_input_tokens: fc.option(count),
      cache_creation: split,
    });
    fc.assert(
      fc.property(counts, (given) => {
        const read = usage(given);
        const { ephemeral_5m_input_tokens: minutes = 0, ephemeral_1h_input_tokens: hour = 0 } = given.cache_creation ?? {};
        const written = given.cache_creation_input_tokens ?? minutes + hour;
        assert.equal(
          TOKEN_CLASSES.reduce((sum, name) => sum + read[name], 0),
          given.input_tokens + given.output_tokens + (given.cache_read_input_tokens ?? 0) + written,
        );
        assert.ok(TOKEN_CLASSES.every((name) => read[name] >= 0));
      }),
    );
  });
});

describe("anthropic: a whole answer", () => {
  it("is read with its tier and speed", () => {
    const message = {
      id: "msg_013Zva2CMHLNnXjNJJKqJ2EF",
      type: "message",
      role: "assistant",
      model: "claude-opus-5",
      content: [{ type: "text", text: "Hi! My name is Claude.", citations: null }],
      stop_reason: "end_turn",
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: {
        input_tokens: 2095,
        output_tokens: 503,
        cache_creation_input_tokens: 2051,
        cache_read_input_tokens: 2051,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2051 },
        output_tokens_details: { thinking_tokens: 200 },
        server_tool_use: null,
        inference_geo: null,
        service_tier: "standard",
        speed: "fast",
      },
    } satisfies Anthropic.Message;
    assert.deepEqual(readAnthropicAnswer(message), {
      id: "msg_013Zva2CMHLNnXjNJJKqJ2EF",
      model: "claude-opus-5",
      finishReason: "end_turn",
      serviceTier: "standard",
      speed: "fast",
      usage: usageOf({ input: 2095, cacheRead: 2051, cacheWrite1h: 2051, output: 503 }),
      cut: false,
    });
  });

  it("is refused where it is none", () => {
    for (const body of [
      null,
      "x",
      [],
      {},
      { type: "error", error: { type: "api_error", message: "no" } },
      { type: "message", usage: { input_tokens: -1 } },
    ])
      assert.throws(() => readAnthropicAnswer(body), TypeError);
  });
});

describe("anthropic: stream", () => {
  /** As an SSE parser gives them. */
  const events = (...lines: string[]) => lines.map((line) => JSON.parse(line) as unknown);
  const start = (usage: object) =>
    JSON.stringify({
      type: "message_start",
      message: {
        id: "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY",
        type: "message",
        role: "assistant",
        content: [],
        model: "claude-opus-5",
        stop_reason: null,
        usage,
      },
    });

  it("gives the text, then the cumulative usage, as the page on streaming shows it", () => {
    // platform.claude.com, build-with-claude/streaming, "Basic streaming request".
    const reader = createAnthropicStreamReader();
    const deltas = events(
      start({ input_tokens: 25, output_tokens: 1 }),
      '{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}',
      '{"type": "ping"}',
      '{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}',
      '{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "!"}}',
      '{"type": "content_block_stop", "index": 0}',
      '{"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence":null}, "usage": {"output_tokens": 15, "input_tokens": null}}',
      '{"type": "message_stop"}',
    ).flatMap((event) => reader.read(event));
    assert.deepEqual(deltas, [
      { kind: "text", text: "Hello" },
      { kind: "text", text: "!" },
    ]);
    assert.deepEqual(reader.end(), {
      id: "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY",
      model: "claude-opus-5",
      finishReason: "end_turn",
      usage: usageOf({ input: 25, output: 15 }),
      cut: false,
    });
  });

  it("puts the input that searches brought in the place of the first, and counts them", () => {
    // Same page, "Streaming request with web search tool use".
    const reader = createAnthropicStreamReader();
    const deltas = events(
      start({ input_tokens: 2679, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 3 }),
      '{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"srvtoolu_014hJH82Qum7Td6UV8gDXThB","name":"web_search","input":{}}}',
      '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"query"}}',
      '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":10682,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":510,"server_tool_use":{"web_search_requests":1}}}',
      '{"type":"message_stop"}',
    ).flatMap((event) => reader.read(event));
    assert.deepEqual(deltas, [{ kind: "reasoning", text: '{"query' }], "the server runs it: no call of the caller's");
    assert.deepEqual(reader.end().usage, usageOf({ input: 10682, output: 510, calls: { webSearch: 1 } }));
  });

  it("gives the pieces of tool calls and thoughts", () => {
    // Same page, "Streaming request with tool use" and "Thinking delta".
    const reader = createAnthropicStreamReader();
    const deltas = events(
      '{"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "I need"}}',
      '{"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "EqQBCgIYAhIM"}}',
      '{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_01T1x1fJ34qAmk2tNTrN7Up6","name":"get_weather","input":{}}}',
      '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}',
      '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"location\\":"}}',
    ).flatMap((event) => reader.read(event));
    assert.deepEqual(deltas, [
      { kind: "reasoning", text: "I need" },
      { kind: "toolCall", index: 1, id: "toolu_01T1x1fJ34qAmk2tNTrN7Up6", name: "get_weather", arguments: "" },
      { kind: "toolCall", index: 1, arguments: '{"location":' },
    ]);
  });

  it("keeps the cache's lifetimes of the start, which the cumulative figures do not repeat", () => {
    const split = (minutes: number, hour: number) => ({ ephemeral_5m_input_tokens: minutes, ephemeral_1h_input_tokens: hour });
    const end = (written: number) =>
      JSON.stringify({
        type: "message_delta",
        delta: { stop_reason: "end_turn" },
        usage: { output_tokens: 9, cache_creation_input_tokens: written },
      });
    const written = (minutes: number, hour: number, total: number) => {
      const reader = createAnthropicStreamReader();
      const first = {
        input_tokens: 5,
        output_tokens: 1,
        cache_creation_input_tokens: minutes + hour,
        cache_creation: split(minutes, hour),
      };
      for (const event of events(start(first), end(total))) reader.read(event);
      const { cacheWrite5m, cacheWrite1h } = reader.end().usage!;
      return [cacheWrite5m, cacheWrite1h];
    };
    assert.deepEqual(written(100, 200, 300), [100, 200]);
    assert.deepEqual(written(100, 200, 350), [150, 200], "what came later is written for five minutes");
    assert.deepEqual(written(0, 200, 350), [0, 350], "unless the request writes for an hour only");
  });

  it("gives of a stream that was cut what was counted so far", () => {
    const reader = createAnthropicStreamReader();
    for (const event of events(start({ input_tokens: 472, cache_read_input_tokens: 10, output_tokens: 2 }))) reader.read(event);
    assert.deepEqual([reader.end().cut, reader.end().usage], [true, usageOf({ input: 472, cacheRead: 10, output: 2 })]);
    assert.deepEqual(createAnthropicStreamReader().end(), { cut: true });
  });

  it("passes on an error event, and takes events that it does not know", () => {
    // Same page, "Error events"; "your code should handle unknown event types gracefully".
    const reader = createAnthropicStreamReader();
    const [error] = events('{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}');
    assert.deepEqual(reader.read(error), [{ kind: "error", message: "Overloaded" }]);
    assert.deepEqual(reader.read({ type: "telepathy" }), []);
    for (const data of [null, 7, "[DONE]", {}, { type: "message_start", message: 3 }])
      assert.throws(() => reader.read(data), TypeError);
  });
});
