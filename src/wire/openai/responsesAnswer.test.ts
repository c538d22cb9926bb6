import assert from "node:assert/strict";
import fc from "fast-check";
import type OpenAI from "openai";
import { TOKEN_CLASSES, usageOf } from "../usage.ts";
import { createResponsesStreamReader, type ResponsesUsage, readResponsesAnswer, readResponsesUsage } from "./responsesAnswer.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;
type Response = OpenAI.Responses.Response;

/** developers.openai.com/api/reference, Create a model response, "Web search". */
const searched = {
  id: "resp_67ccf18ef5fc8190b16dbee19bc54e5f087bb177ab789d5c",
  object: "response",
  created_at: 1741484430,
  status: "completed",
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  model: "gpt-4.1-2025-04-14",
  output: [
    { type: "web_search_call", id: "ws_67ccf18f64008190a39b619f4c8455ef087bb177ab789d5c", status: "completed" },
    {
      type: "message",
      id: "msg_67ccf190ca3881909d433c50b1f6357e087bb177ab789d5c",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "As of today, March 9, 2025, one notable positive news story...", annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 328,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 356,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 684,
  },
};

const usage = (counts: Partial<ResponsesUsage>): ResponsesUsage => ({ input_tokens: 0, output_tokens: 0, ...counts });

describe("openai responses: usage", () => {
  it("takes cached tokens out of the input, and leaves reasoning in the output", () => {
    const counts = usage({
      input_tokens: 2006,
      input_tokens_details: { cached_tokens: 1920, cache_write_tokens: 50 },
      output_tokens: 300,
      output_tokens_details: { reasoning_tokens: 128 },
    });
    assert.deepEqual(readResponsesUsage(counts), usageOf({ input: 36, cacheRead: 1920, cacheWrite5m: 50, output: 300 }));
  });

  it("counts the searches that are billed: not the pages that were opened, and not what failed", () => {
    const call = (type: string, status: string, action?: string) => ({
      type,
      status,
      ...(action && { action: { type: action } }),
    });
    const output = [
      call("web_search_call", "completed", "search"),
      call("web_search_call", "completed", "search"),
      call("web_search_call", "completed", "open_page"),
      call("web_search_call", "failed", "search"),
      call("file_search_call", "completed"),
      call("message", "completed"),
    ];
    assert.deepEqual(readResponsesUsage(usage({}), output).calls, { webSearch: 2, fileSearch: 1 });
    assert.equal(readResponsesUsage(usage({}), []).calls, undefined);
  });

  it("counts each token exactly once, whatever the details say", () => {
    const count = fc.nat(5000);
    const counts = fc.record<ResponsesUsage>({
      input_tokens: count,
      input_tokens_details: fc.option(fc.record({ cached_tokens: count, cache_write_tokens: count })),
      output_tokens: count,
      total_tokens: fc.option(count),
      output_tokens_details: fc.option(fc.record({ reasoning_tokens: count })),
    });
    fc.assert(
      fc.property(counts, (given) => {
        const read = readResponsesUsage(given);
        assert.equal(
          TOKEN_CLASSES.reduce((sum, name) => sum + read[name], 0),
          Math.max(given.input_tokens + given.output_tokens, given.total_tokens ?? 0),
        );
        assert.ok(TOKEN_CLASSES.every((name) => read[name] >= 0));
      }),
    );
  });
});

describe("openai responses: a whole answer", () => {
  it("is read as the API's reference shows it, with its search", () => {
    assert.deepEqual(readResponsesAnswer(searched), {
      id: searched.id,
      model: "gpt-4.1-2025-04-14",
      finishReason: "completed",
      usage: usageOf({ input: 328, output: 356, calls: { webSearch: 1 } }),
      cut: false,
    });
  });

  it("says why it is not whole; and that it is under way, in the background", () => {
    const incomplete = { ...searched, status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    assert.deepEqual(
      [readResponsesAnswer(incomplete).finishReason, readResponsesAnswer(incomplete).cut],
      ["max_output_tokens", false],
    );
    assert.equal(readResponsesAnswer({ ...searched, status: "in_progress", usage: null }).cut, true);
  });

  it("is refused where it is none", () => {
    for (const body of [null, [], {}, { object: "chat.completion" }, { error: { message: "no" } }])
      assert.throws(() => readResponsesAnswer(body), TypeError);
  });
});

describe("openai responses: stream", () => {
  const created: Event = {
    type: "response.created",
    sequence_number: 0,
    response: { ...searched, status: "in_progress", output: [], usage: undefined } as unknown as Response,
  };
  const ended = (status: "completed" | "incomplete" | "failed", more: object = {}): Event =>
    ({
      type: `response.${status}`,
      sequence_number: 9,
      response: { ...searched, status, service_tier: "default", ...more },
    }) as unknown as Event;

  it("gives texts, thoughts and calls, then what the last event tells", () => {
    const place = { item_id: "i", output_index: 0, content_index: 0 };
    const call = {
      type: "function_call",
      id: "fc_1",
      call_id: "call_1",
      name: "read",
      arguments: "",
      status: "in_progress",
    } as const;
    const events: Event[] = [
      created,
      { type: "response.reasoning_summary_text.delta", ...place, summary_index: 0, delta: "hm", sequence_number: 1 },
      { type: "response.output_text.delta", ...place, delta: "Hel", logprobs: [], sequence_number: 2 },
      { type: "response.output_item.added", item: call, output_index: 1, sequence_number: 3 },
      { type: "response.function_call_arguments.delta", item_id: "fc_1", output_index: 1, delta: '{"path"', sequence_number: 4 },
      ended("completed"),
    ];
    const reader = createResponsesStreamReader();
    assert.deepEqual(
      events.flatMap((event) => reader.read(event)),
      [
        { kind: "reasoning", text: "hm" },
        { kind: "text", text: "Hel" },
        { kind: "toolCall", index: 1, id: "call_1", name: "read", arguments: "" },
        { kind: "toolCall", index: 1, arguments: '{"path"' },
      ],
    );
    assert.deepEqual(reader.end(), {
      id: searched.id,
      model: "gpt-4.1-2025-04-14",
      serviceTier: "default",
      finishReason: "completed",
      usage: usageOf({ input: 328, output: 356, calls: { webSearch: 1 } }),
      cut: false,
    });
  });

  it("has the usage of an answer that ends incomplete or failed too", () => {
    for (const [event, finishReason] of [
      [ended("incomplete", { incomplete_details: { reason: "max_output_tokens" } }), "max_output_tokens"],
      [ended("failed", { error: { code: "server_error", message: "broke" } }), "failed"],
    ] as const) {
      const reader = createResponsesStreamReader();
      reader.read(created);
      const deltas = reader.read(event);
      assert.deepEqual([reader.end().finishReason, reader.end().cut, reader.end().usage?.output], [finishReason, false, 356]);
      assert.deepEqual(deltas, finishReason === "failed" ? [{ kind: "error", message: "broke" }] : []);
    }
  });

  it("counts the searches that it saw done, where the last event has no output", () => {
    const reader = createResponsesStreamReader();
    reader.read(created);
    reader.read({ type: "response.output_item.done", output_index: 0, sequence_number: 1, item: searched.output[0] });
    reader.read(ended("completed", { output: [] }));
    assert.deepEqual(reader.end().usage?.calls, { webSearch: 1 });
  });

  it("says that it was cut, with the id it had", () => {
    const reader = createResponsesStreamReader();
    reader.read(created);
    assert.deepEqual(reader.end(), { id: searched.id, model: "gpt-4.1-2025-04-14", cut: true });
  });

  it("passes on an error event, in both of its forms, and takes events that it does not know", () => {
    const reader = createResponsesStreamReader();
    const event = { type: "error", code: "ERR", message: "Something went wrong", param: null, sequence_number: 1 };
    assert.deepEqual(reader.read(event), [{ kind: "error", message: "Something went wrong" }]);
    assert.deepEqual(reader.read({ type: "error", error: { message: "nested" } }), [{ kind: "error", message: "nested" }]);
    assert.deepEqual(reader.read({ type: "response.telepathy.delta", delta: { x: 1 } }), []);
    for (const data of [null, 7, "[DONE]", {}, { type: 3 }]) assert.throws(() => reader.read(data), TypeError);
  });
});
