import assert from "node:assert/strict";
import { Tiktoken } from "js-tiktoken/lite";
import o200k_base from "js-tiktoken/ranks/o200k_base";
import type OpenAI from "openai";
import { countable } from "../request.ts";
import { exactly } from "../tokenRange.ts";
import { readResponsesRequest } from "./responsesRequest.ts";

type Params = OpenAI.Responses.ResponseCreateParams;

const partsOf = (input: Params["input"], more: Partial<Params> = {}) =>
  readResponsesRequest({ model: "gpt-5.4", input, ...more }).parts.map(({ kind, role, texts }) => [kind, role, ...texts]);

describe("openai responses: what of a request is to be counted", () => {
  it("adds up to the tokens that the reference's examples of text are billed, though no rule of it is published", () => {
    // developers.openai.com/api/reference, Create a model response, "Text input" and "Streaming": "input_tokens": 36 and 37.
    const encoding = new Tiktoken(o200k_base);
    const billed = (body: Params) => {
      const { texts, tokens } = countable(readResponsesRequest(body).parts);
      assert.equal(tokens.documented, false);
      return texts.reduce((sum, text) => sum + encoding.encode(text).length, tokens.likely);
    };
    assert.equal(billed({ model: "gpt-4.1", input: "Tell me a three sentence bedtime story about a unicorn." }), 36);
    assert.equal(billed({ model: "gpt-4.1", instructions: "You are a helpful assistant.", input: "Hello!", stream: true }), 37);
  }).timeout(20_000);

  it("is instructions, messages of any form, and the schema of the answer", () => {
    const parts = partsOf(
      [
        { role: "developer", content: "be brief" },
        { role: "user", content: [{ type: "input_text", text: "hello" }] },
        {
          type: "message",
          id: "msg_1",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: "hi", annotations: [] }],
        },
      ],
      { instructions: "talk like a pirate", text: { format: { type: "json_schema", name: "a", schema: { type: "object" } } } },
    );
    assert.deepEqual(parts, [
      ["system", undefined, "talk like a pirate"],
      ["system", undefined, "be brief"],
      ["message", "user", "hello"],
      ["message", "assistant", "hi"],
      ["schema", undefined, '{"type":"object"}'],
      ["frame", undefined],
    ]);
  });

  it("is calls, their outputs, and former reasoning, of which the sealed part is a range", () => {
    const sealed = "A".repeat(400);
    const input = [
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "thought" }], encrypted_content: sealed },
      { type: "function_call", call_id: "call_1", name: "read", arguments: '{"path":"a"}' },
      { type: "function_call_output", call_id: "call_1", output: "text of a" },
      { type: "custom_tool_call", call_id: "call_2", name: "patch", input: "*** Begin" },
      { type: "custom_tool_call_output", call_id: "call_2", output: [{ type: "input_text", text: "done" }] },
      { type: "mcp_call", id: "mcp_1", server_label: "s", name: "roll", arguments: "{}", output: "4" },
    ] satisfies Params["input"];
    const { parts } = readResponsesRequest({ model: "gpt-5.4", input });
    assert.deepEqual(
      parts.map(({ kind, texts }) => [kind, ...texts]),
      [
        ["reasoning"],
        ["toolCall", '{"name":"read","arguments":"{\\"path\\":\\"a\\"}"}'],
        ["toolResult", "text of a"],
        ["toolCall", '{"name":"patch","input":"*** Begin"}'],
        ["toolResult", "done"],
        ["toolCall", '{"server_label":"s","name":"roll","arguments":"{}"}'],
        ["toolResult", "4"],
        ["frame"],
      ],
    );
    assert.ok(parts[0]!.tokens.high > 100);
  });

  it("has pictures, screenshots and files with what they cost", () => {
    const { parts } = readResponsesRequest({
      model: "gpt-4o",
      input: [
        {
          role: "user",
          content: [
            { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
            {
              type: "input_file",
              filename: "letter.pdf",
              file_data: `data:application/pdf;base64,${btoa("%PDF-1.4 /Type /Page")}`,
            },
            { type: "input_file", file_url: "https://example.com/letter.pdf" },
          ],
        },
        {
          type: "computer_call_output",
          call_id: "c",
          output: { type: "computer_screenshot", image_url: "https://example.com/s.png" },
        },
      ],
    } satisfies Params);
    assert.deepEqual(
      parts.map(({ kind }) => kind),
      ["image", "file", "file", "image", "frame"],
    );
    assert.deepEqual(parts[0]!.tokens, { ...exactly(85 + 4), low: 88, high: 93, documented: false });
    assert.ok(parts[1]!.tokens.high < parts[2]!.tokens.high);
  });

  it("has tools as their JSON, but not those that wait to be looked for", () => {
    const tool = { type: "function", name: "read", parameters: { type: "object" }, strict: true } as const;
    const body = {
      model: "gpt-5.4",
      input: "go",
      tools: [tool, { ...tool, name: "later", defer_loading: true }],
    } satisfies Params;
    const read = readResponsesRequest(body);
    assert.deepEqual(
      read.parts.map(({ texts }) => texts),
      [[JSON.stringify(tool)], ["go"], []],
    );
    assert.deepEqual(read.notInBody, ["deferredTool"]);
    assert.deepEqual(partsOf([{ type: "additional_tools", role: "developer", tools: [tool] }])[0], [
      "tools",
      undefined,
      JSON.stringify(tool),
    ]);
  });

  it("marks the prefix before an explicit breakpoint", () => {
    const stable = { type: "input_text", text: "rules", prompt_cache_breakpoint: { mode: "explicit" } } as const;
    const { parts } = readResponsesRequest({
      model: "gpt-5.6-sol",
      instructions: "be brief",
      input: [{ role: "user", content: [stable, { type: "input_text", text: "now" }] }],
    } satisfies Params);
    assert.deepEqual(
      parts.map(({ cacheWrite }) => cacheWrite),
      ["cacheWrite5m", "cacheWrite5m", undefined, undefined],
    );
  });
});

describe("openai responses: what a request asks for", () => {
  it("has the model, the end and the tier", () => {
    const body = {
      model: "gpt-5.4",
      input: "hi",
      max_output_tokens: 99,
      service_tier: "priority",
      stream: true,
    } satisfies Params;
    const { parts, ...asked } = readResponsesRequest(body);
    assert.deepEqual(asked, {
      api: "openai-responses",
      model: "gpt-5.4",
      stream: true,
      maxOutput: 99,
      answers: 1,
      serviceTier: "priority",
      notInBody: [],
    });
  });

  it("says which part of the input is not in the body", () => {
    const reasons = (more: Partial<Params>) => readResponsesRequest({ model: "gpt-5.4", input: "and?", ...more }).notInBody;
    assert.deepEqual(reasons({ previous_response_id: "resp_1" }), ["previousResponse"]);
    assert.deepEqual(reasons({ conversation: "conv_1" }), ["conversation"]);
    assert.deepEqual(reasons({ conversation: { id: "conv_1" } }), ["conversation"]);
    assert.deepEqual(reasons({ prompt: { id: "pmpt_1" } }), ["storedPrompt"]);
    assert.deepEqual(reasons({ input: [{ type: "item_reference", id: "msg_1" }] }), ["storedItem"]);
    assert.deepEqual(reasons({ tools: [{ type: "web_search" }] }), ["serverTool"]);
    assert.deepEqual(reasons({ tools: [{ type: "local_shell" }] }), []);
  });

  it("refuses what is no such body, says where, and repeats no word of it", () => {
    for (const body of [null, "secret", [], { model: "m", input: 7 }, { model: "m", input: ["secret"] }, { input: "secret" }])
      assert.throws(
        () => readResponsesRequest(body),
        (error: Error) => error instanceof TypeError && !error.message.includes("secret"),
      );
  });

  it("is not upset by items and contents that it does not know", () => {
    const input = [
      { type: "telepathy_call", thought: "x" },
      { role: "user", content: [{ type: "hologram", depth: 3 }] },
    ];
    const { parts } = readResponsesRequest({ model: "m", input });
    assert.deepEqual(
      parts.map(({ kind, texts }) => [kind, ...texts]),
      [["toolCall", '{"thought":"x"}'], ["other", '{"type":"hologram","depth":3}'], ["frame"]],
    );
  });
});
