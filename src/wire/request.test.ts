import assert from "node:assert/strict";
import { wireApis } from "./api.ts";
import { isTextAlone } from "./request.ts";

const user = (content: unknown) => ({ model: "m", messages: [{ role: "user", content }] });
const isWhole = (api: keyof typeof wireApis, body: object) => isTextAlone(wireApis[api].readRequest(body, { model: "m" }));

describe("a request of texts alone", () => {
  it("is a conversation, with what the API frames it by", () => {
    const turns = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Why?" },
      { role: "assistant", content: "Because." },
      { role: "user", content: [{ type: "text", text: "And how?" }] },
    ];
    assert.equal(isWhole("openai-chat", { model: "m", messages: turns }), true);
    assert.equal(isWhole("anthropic-messages", { ...user("Why?"), system: "Be brief.", max_tokens: 5 }), true);
    assert.equal(isWhole("openai-responses", { model: "m", input: "Why?" }), true);
    assert.equal(isWhole("gemini-generate-content", { contents: [{ parts: [{ text: "Why?" }] }] }), true);
  });

  it("has nothing that only the provider can count, or brings in", () => {
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const asked = user("Why?");
    assert.equal(isWhole("openai-chat", { ...asked, tools }), false);
    assert.equal(isWhole("openai-chat", user([{ type: "text", text: "What is this?" }, image])), false);
    assert.equal(
      isWhole("openai-chat", { ...asked, response_format: { type: "json_schema", json_schema: { name: "n", schema: {} } } }),
      false,
    );
    assert.equal(isWhole("openai-responses", { model: "m", input: "Why?", previous_response_id: "resp_1" }), false);
    assert.equal(
      isWhole("anthropic-messages", { ...asked, tools: [{ name: "weather", input_schema: { type: "object" } }] }),
      false,
    );
    const call = { id: "c", type: "function", function: { name: "weather", arguments: "{}" } };
    const messages = [
      ...asked.messages,
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: "c", content: "sunny" },
    ];
    assert.equal(isWhole("openai-chat", { model: "m", messages }), false);
  });
});
