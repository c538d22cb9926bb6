import assert from "node:assert/strict";
import type { GenerateContentParameters } from "@google/genai";
import { assumed, exactly } from "../tokenRange.ts";
import { readGeminiRequest } from "./request.ts";

const hint = { model: "gemini-3-pro-preview" };
const read = (body: object, model = hint.model) => readGeminiRequest(body, { model });
const shown = (body: object) => read(body).parts.map(({ kind, role, texts }) => [kind, role, ...texts]);

describe("gemini: what of a request is to be counted", () => {
  it("is the system's instruction, functions, the turns, and the schema of the answer", () => {
    const declaration = { name: "get_temperature", description: "Gets it.", parametersJsonSchema: { type: "object" } };
    // `contents` is typed by the SDK; what it calls `config` stands on several places of the body.
    const contents = [
      { role: "user", parts: [{ text: "How warm is London?" }] },
      {
        role: "model",
        parts: [{ text: "hm", thought: true }, { functionCall: { name: "get_temperature", args: { where_at: "London" } } }],
      },
      { role: "user", parts: [{ functionResponse: { name: "get_temperature", response: { degrees_c: 15 } } }] },
    ] satisfies GenerateContentParameters["contents"];
    const body = {
      systemInstruction: { parts: [{ text: "be brief" }] },
      contents,
      tools: [{ functionDeclarations: [declaration] }],
      generationConfig: { responseJsonSchema: { type: "object" } },
    };
    assert.deepEqual(shown(body), [
      ["system", undefined, "be brief"],
      ["tools", undefined, JSON.stringify(declaration)],
      ["message", "user", "How warm is London?"],
      ["reasoning", "assistant", "hm"],
      ["toolCall", "assistant", "get_temperature", '{"where_at":"London"}'],
      ["toolResult", "user", "get_temperature", '{"degrees_c":15}'],
      ["schema", undefined, '{"type":"object"}'],
    ]);
  });

  it("is read in snake case too, as the examples for curl have it, and leaves the caller's own names alone", () => {
    // ai.google.dev, gemini-api/docs/text-generation and function-calling, "REST".
    const body = {
      system_instruction: { parts: [{ text: "You are a cat. Your name is Neko." }] },
      contents: [
        { parts: [{ text: "Hello there" }, { inline_data: { mime_type: "image/jpeg", data: "AAAA" } }] },
        { role: "user", parts: [{ function_response: { name: "f", response: { snake_case: 1 } } }] },
      ],
      tools: [{ function_declarations: [{ name: "f", parameters: { type: "object", properties: { snake_case: {} } } }] }],
      generation_config: { max_output_tokens: 800, candidate_count: 2 },
    };
    assert.deepEqual(shown(body), [
      ["system", undefined, "You are a cat. Your name is Neko."],
      ["tools", undefined, JSON.stringify({ name: "f", parameters: body.tools[0]!.function_declarations[0]!.parameters })],
      ["message", "user", "Hello there"],
      ["image", "user"],
      ["toolResult", "user", "f", '{"snake_case":1}'],
    ]);
    assert.deepEqual([read(body).maxOutput, read(body).answers], [800, 2]);
  });

  it("has media by the resolution of the part, else of the request", () => {
    const image = { inlineData: { mimeType: "image/png", data: "AAAA" } };
    const body = {
      contents: [
        {
          role: "user",
          parts: [
            image,
            { ...image, mediaResolution: { level: "MEDIA_RESOLUTION_ULTRA_HIGH" } },
            { fileData: { fileUri: "https://example.com/f", mimeType: "application/pdf" } },
            { fileData: { fileUri: "https://example.com/v", mimeType: "video/mp4" } },
            { inlineData: { mimeType: "text/plain", data: btoa("the text") } },
          ],
        },
      ],
      generationConfig: { mediaResolution: "MEDIA_RESOLUTION_LOW" },
    };
    const { parts } = read(body);
    assert.deepEqual(
      parts.map(({ kind }) => kind),
      ["image", "image", "file", "video", "file"],
    );
    assert.deepEqual([parts[0]!.tokens, parts[1]!.tokens], [exactly(280), exactly(2240)]);
    assert.deepEqual(parts[2]!.tokens, assumed(280, 2_800, 280_000));
    assert.deepEqual(parts[3]!.tokens, assumed(95, 5_700, 342_000));
    assert.deepEqual(parts[4]!.texts, ["the text"]);
    assert.deepEqual(read(body, "gemini-2.5-flash").parts[0]!.tokens, exactly(64));
  });
});

describe("gemini: what a request asks for", () => {
  it("has its model and whether it streams from the URL", () => {
    const body = { contents: [], serviceTier: "flex", generationConfig: { maxOutputTokens: 99 } };
    assert.deepEqual(readGeminiRequest(body, { model: "models/gemini-2.5-flash", stream: true }), {
      api: "gemini-generate-content",
      model: "gemini-2.5-flash",
      stream: true,
      maxOutput: 99,
      answers: 1,
      serviceTier: "flex",
      parts: [],
      notInBody: [],
    });
    assert.throws(() => readGeminiRequest(body), { message: "The request names no model." });
  });

  it("says which part of the input is not in the body", () => {
    assert.deepEqual(read({ contents: [], cachedContent: "cachedContents/1" }).notInBody, ["cachedContent"]);
    assert.deepEqual(read({ contents: [], tools: [{ google_search: {} }] }).notInBody, ["serverTool"]);
    assert.deepEqual(read({ contents: [], tools: [{ functionDeclarations: [] }] }).notInBody, []);
  });

  it("refuses what is no such body, says where, and repeats no word of it", () => {
    for (const body of [
      null,
      "secret",
      [],
      {},
      { contents: "secret" },
      { contents: [{ parts: "secret" }] },
      { contents: [{ parts: [{ text: 7 }] }] },
    ])
      assert.throws(
        () => readGeminiRequest(body, hint),
        (error: Error) => error instanceof TypeError && !error.message.includes("secret"),
      );
  });

  it("is not upset by parts that it does not know", () => {
    assert.deepEqual(shown({ contents: [{ parts: [{ hologram: { depth: 3 } }] }] }), [
      ["other", "user", '{"hologram":{"depth":3}}'],
    ]);
  });
});
