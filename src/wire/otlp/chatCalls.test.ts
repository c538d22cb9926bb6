import assert from "node:assert/strict";
import fc from "fast-check";
import { otlpProtobuf } from "../../../test/support/otlpProtobuf.ts";
import { usageOf } from "../usage.ts";
import { chatCallsIn } from "./chatCalls.ts";
import { refOfCall } from "./provider.ts";

type Value = string | number | boolean;

/** A `chat` span as Copilot Chat 0.67 sends it, with its prompts. */
function span(attributes: Record<string, Value>, more: object = {}) {
  const all: Record<string, Value> = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "github",
    "gen_ai.request.model": "gpt-5-mini",
    "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"a secret"}]}]',
    "copilot_chat.user_request": "a secret",
    ...attributes,
  };
  return {
    ...{ traceId: "ab".repeat(16), spanId: "cd".repeat(8), name: "chat gpt-5-mini", kind: 3 },
    ...{ startTimeUnixNano: "1795851698379000000", endTimeUnixNano: "1795851700000000000", status: { code: 1 } },
    attributes: Object.entries(all).map(([key, value]) => ({
      key,
      value:
        typeof value === "string"
          ? { stringValue: value }
          : typeof value === "boolean"
            ? { boolValue: value }
            : { intValue: value },
    })),
    ...more,
  };
}

const traces = (...spans: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const json = (body: object) => chatCallsIn(Buffer.from(JSON.stringify(body)), "application/json");

const USED = {
  "gen_ai.usage.input_tokens": 1_000,
  "gen_ai.usage.output_tokens": 50,
  "gen_ai.usage.cache_read.input_tokens": 700,
  "gen_ai.usage.cache_creation.input_tokens": 200,
  "gen_ai.usage.reasoning_tokens": 20,
};

describe("calls in an assistant's telemetry", () => {
  it("are the chat spans alone, with their tokens in disjoint classes, and nothing that was said", () => {
    const body = traces(
      span({
        ...USED,
        "gen_ai.response.id": "r1",
        "gen_ai.response.model": "gpt-5-mini-2025-08-07",
        "copilot_chat.chat_session_id": "s",
      }),
      span({ ...USED, "gen_ai.operation.name": "invoke_agent" }),
      span({ ...USED, "gen_ai.operation.name": "execute_tool" }),
    );
    const expected = {
      ...{ key: "r1", responseId: "r1", session: "s", model: "gpt-5-mini-2025-08-07", provider: "github" },
      usage: usageOf({ input: 100, cacheRead: 700, cacheWrite5m: 200, output: 50 }),
      ...{ start: 1_795_851_698_379, end: 1_795_851_700_000, canceled: false, failed: false },
    };
    assert.deepEqual(json(body), [expected]);
    assert.deepEqual(chatCallsIn(otlpProtobuf(body), "application/x-protobuf"), [expected]);
    assert.doesNotMatch(JSON.stringify(json(body)), /secret/);
  });

  it("are told apart by their span where there is no response id, and told to have no usage where there is none", () => {
    const [first, second] = json(
      traces(span({}, { status: { code: 2 } }), span({ "copilot_chat.canceled": true }, { spanId: "ef".repeat(8) })),
    );
    assert.deepEqual([first?.key, first?.usage, first?.failed], [`${"ab".repeat(16)}/${"cd".repeat(8)}`, undefined, true]);
    assert.deepEqual([second?.key, second?.canceled], [`${"ab".repeat(16)}/${"ef".repeat(8)}`, true]);
  });

  it("never have more from the cache than they sent, and no counts that make no sense", () => {
    const usage = (attributes: Record<string, Value>) => json(traces(span(attributes)))[0]?.usage;
    assert.deepEqual(
      usage({ ...USED, "gen_ai.usage.input_tokens": 800 }),
      usageOf({ cacheRead: 700, cacheWrite5m: 100, output: 50 }),
    );
    assert.deepEqual(usage({ "gen_ai.usage.input_tokens": -5, "gen_ai.usage.output_tokens": 7 }), usageOf({ output: 7 }));
    assert.equal(usage({ "gen_ai.usage.input_tokens": "many" }), undefined);
  });

  it("are the same in JSON and in protobuf", () => {
    const name = fc.string({ maxLength: 40 });
    const count = fc.nat(1_000_000);
    const call = fc.record({
      id: name,
      session: name,
      model: name,
      input: count,
      output: count,
      read: count,
      canceled: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 5 }), (calls) => {
        const body = traces(
          ...calls.map(({ id, session, model, input, output, read, canceled }) =>
            span({
              ...{ "gen_ai.response.id": id, "copilot_chat.chat_session_id": session, "gen_ai.response.model": model },
              ...{ "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output },
              ...{ "gen_ai.usage.cache_read.input_tokens": read, "copilot_chat.canceled": canceled },
            }),
          ),
        );
        const found = json(body);
        assert.deepEqual(chatCallsIn(otlpProtobuf(body), "application/x-protobuf"), found);
        for (const [index, { usage }] of found.entries())
          assert.equal(usage!.input + usage!.cacheRead + usage!.cacheWrite5m, calls[index]!.input);
      }),
    );
  });

  it("are found in nothing that makes no sense, which does no harm", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.json(), (bytes, text) => {
        assert.deepEqual(
          chatCallsIn(bytes, "application/x-protobuf").filter(({ key }) => key === ""),
          [],
        );
        chatCallsIn(Buffer.from(text), "application/json");
        chatCallsIn(bytes, "application/json");
      }),
    );
    for (const strange of [
      "null",
      "[]",
      '{"resourceSpans":{}}',
      '{"resourceSpans":[null,{"scopeSpans":[{"spans":[null,3]}]}]}',
      "{",
    ])
      assert.deepEqual(chatCallsIn(Buffer.from(strange), "application/json"), []);
  });
});

describe("who serves a call", () => {
  it("is told by the host, else by the assistant's word, in the price list's names", () => {
    const ref = (server: string | undefined, provider = "github", model = "gpt-5") =>
      Object.values(refOfCall({ provider, model, ...(server !== undefined && { server }) })).join("/");
    assert.equal(ref("api.individual.githubcopilot.com"), "copilot/gpt-5");
    assert.equal(ref("copilot-api.example.ghe.com"), "copilot/gpt-5");
    assert.equal(ref(undefined), "copilot/gpt-5");
    assert.equal(ref("api.openai.com"), "openai/gpt-5");
    assert.equal(ref("llm.example.com"), "customendpoint/gpt-5");
    assert.equal(ref("notgithub.com"), "customendpoint/gpt-5");
    assert.equal(ref(undefined, "anthropic", "claude-sonnet-4.5"), "anthropic/claude-sonnet-4-5");
    assert.equal(ref(undefined, "gemini", "gemini-2.5-pro"), "google/gemini-2.5-pro");
  });
});
