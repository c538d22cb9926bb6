import assert from "node:assert/strict";
import fc from "fast-check";
import { wireApis } from "./api.ts";
import { apiOf } from "./detect.ts";

const messages = [{ role: "user", content: "Hello" }];

describe("which API a body is a request of", () => {
  it("is told by what only one of them has", () => {
    assert.equal(apiOf({ contents: [{ parts: [{ text: "Hello" }] }] }), "gemini-generate-content");
    assert.equal(apiOf({ model: "gpt-5", input: "Hello" }), "openai-responses");
    assert.equal(apiOf({ model: "gpt-5", input: [{ role: "user", content: "Hello" }] }), "openai-responses");
    assert.equal(apiOf({ model: "m", messages, system: "Be brief." }), "anthropic-messages");
    assert.equal(apiOf({ messages, anthropic_version: "bedrock-2023-05-31" }), "anthropic-messages");
    assert.equal(apiOf({ model: "m", messages, tools: [{ name: "f", input_schema: {} }] }), "anthropic-messages");
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "5" }] };
    assert.equal(apiOf({ model: "m", messages: [result] }), "anthropic-messages");
    assert.equal(apiOf({ model: "claude-by-a-gateway", messages, max_completion_tokens: 5 }), "openai-chat");
    assert.equal(apiOf({ model: "claude-by-a-gateway", messages: [{ role: "developer", content: "x" }] }), "openai-chat");
    assert.equal(apiOf({ model: "m", messages, tools: [{ type: "function", function: { name: "f" } }] }), "openai-chat");
  });

  it("is told by the model where a request is so plain that two APIs would take it", () => {
    assert.equal(apiOf({ model: "anthropic/claude-opus-5", messages, max_tokens: 9 }), "anthropic-messages");
    assert.equal(apiOf({ model: "gpt-5", messages, max_tokens: 9 }), "openai-chat");
    assert.equal(apiOf({ messages: [] }), "openai-chat");
  });

  it("is none for other JSON", () => {
    for (const body of [null, 7, "messages", [], [messages], {}, { messages: "Hello" }, { messages: ["Hello"] }])
      assert.equal(apiOf(body), undefined, JSON.stringify(body));
    assert.equal(apiOf({ name: "a-package", version: "1.0.0", contents: "none" }), undefined);
    assert.equal(apiOf({ input: "of some program", output: "of it" }), undefined);
    assert.equal(apiOf({ messages: [{ id: "en", text: "a catalogue of messages" }] }), undefined);
  });

  it("takes no field for a text that is none", () => {
    const odd = { toString: 1 }; // has no text form
    assert.equal(apiOf({ model: odd, messages: [{ role: "user", content: [{ type: odd }], tool_calls: odd }] }), "openai-chat");
    assert.equal(apiOf({ model: odd, messages: [{ role: "user", content: "Hello" }] }), "openai-chat");
  });

  it("never fails, and what it takes for a request its reader reads or refuses in words", () => {
    const field = fc.constantFrom("messages", "contents", "input", "model", "system", "tools", "role", "content", "type");
    const json = fc.letrec((tie) => ({
      value: fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(tie("value"), { maxLength: 3 }), tie("object")),
      object: fc.dictionary(field, tie("value"), { maxKeys: 4 }),
    })).value;
    fc.assert(
      fc.property(json, (body) => {
        const api = apiOf(body);
        if (!api) return;
        try {
          wireApis[api].readRequest(body, { model: "m" });
        } catch (error) {
          assert.ok(error instanceof TypeError && /^Not a request/.test(error.message), String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
