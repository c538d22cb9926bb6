import assert from "node:assert/strict";
import { FinishReason, type GenerateContentResponse, MediaModality } from "@google/genai";
import fc from "fast-check";
import { TOKEN_CLASSES, usageOf } from "../usage.ts";
import { createGeminiStreamReader, readGeminiAnswer } from "./answer.ts";
import { type GeminiUsage, readGeminiUsage } from "./usage.ts";

type Chunk = Partial<GenerateContentResponse>;

const usage = (counts: object) => readGeminiUsage(counts as GeminiUsage);
const { TEXT, AUDIO } = MediaModality;

describe("gemini: usage", () => {
  it("adds thoughts to the output, and what tools brought in to the input", () => {
    // ai.google.dev, gemini-api/docs/url-context, "Understanding how it works": total 10412.
    const counts = {
      candidatesTokenCount: 45,
      promptTokenCount: 27,
      promptTokensDetails: [{ modality: TEXT, tokenCount: 27 }],
      thoughtsTokenCount: 31,
      toolUsePromptTokenCount: 10309,
      toolUsePromptTokensDetails: [{ modality: TEXT, tokenCount: 10309 }],
      totalTokenCount: 10412,
    } satisfies GenerateContentResponse["usageMetadata"];
    assert.deepEqual(usage(counts), usageOf({ input: 27 + 10309, output: 45 + 31 }));
  });

  it("takes cached tokens out of the prompt, which includes them", () => {
    // ai.google.dev, gemini-api/docs/caching, "The output should look something like this".
    const counts = {
      promptTokenCount: 696219,
      cachedContentTokenCount: 696190,
      candidatesTokenCount: 214,
      totalTokenCount: 696433,
    };
    assert.deepEqual(usage(counts), usageOf({ input: 29, cacheRead: 696190, output: 214 }));
  });

  it("keeps sound in a class of its own, but for what of it was cached", () => {
    const counts = {
      promptTokenCount: 1000,
      promptTokensDetails: [
        { modality: TEXT, tokenCount: 400 },
        { modality: AUDIO, tokenCount: 600 },
      ],
      cachedContentTokenCount: 300,
      cacheTokensDetails: [
        { modality: TEXT, tokenCount: 100 },
        { modality: AUDIO, tokenCount: 200 },
      ],
      candidatesTokenCount: 90,
      candidatesTokensDetails: [{ modality: AUDIO, tokenCount: 80 }],
    };
    assert.deepEqual(usage(counts), usageOf({ input: 300, cacheRead: 300, audioIn: 400, output: 10, audioOut: 80 }));
  });

  it("counts each token exactly once, whatever the details say", () => {
    const count = fc.option(fc.nat(5000));
    const details = fc.option(fc.array(fc.record({ modality: fc.constantFrom("TEXT", "AUDIO", "IMAGE"), tokenCount: count })));
    const counts = fc.record<GeminiUsage>({
      promptTokenCount: count,
      cachedContentTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      toolUsePromptTokenCount: count,
      promptTokensDetails: details,
      cacheTokensDetails: details,
      candidatesTokensDetails: details,
      toolUsePromptTokensDetails: details,
    });
    fc.assert(
      fc.property(counts, (given) => {
        const read = readGeminiUsage(given);
        const { promptTokenCount, toolUsePromptTokenCount, candidatesTokenCount, thoughtsTokenCount } = given;
        const total = [promptTokenCount, toolUsePromptTokenCount, candidatesTokenCount, thoughtsTokenCount];
        assert.equal(
          TOKEN_CLASSES.reduce((sum, name) => sum + read[name], 0),
          total.reduce((sum: number, one) => sum + (one ?? 0), 0),
        );
        assert.equal(read.output + read.audioOut, (candidatesTokenCount ?? 0) + (thoughtsTokenCount ?? 0));
        assert.ok(TOKEN_CLASSES.every((name) => read[name] >= 0));
      }),
    );
  });
});

describe("gemini: a whole answer", () => {
  const whole = (modelVersion: string, webSearchQueries?: string[]): Chunk => ({
    candidates: [
      {
        content: { role: "model", parts: [{ text: "Hi" }] },
        finishReason: FinishReason.STOP,
        ...(webSearchQueries && { groundingMetadata: { webSearchQueries } }),
      },
    ],
    usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 73, totalTokenCount: 84 },
    modelVersion,
    responseId: "r-1",
  });

  it("is read as the API's reference shows it", () => {
    // ai.google.dev, gemini-api/docs/tokens: prompt 11, candidates 73, total 84.
    assert.deepEqual(readGeminiAnswer(whole("gemini-2.0-flash")), {
      id: "r-1",
      model: "gemini-2.0-flash",
      finishReason: "STOP",
      usage: usageOf({ input: 11, output: 73 }),
      cut: false,
    });
  });

  it("counts searches as they are billed: by the query from Gemini 3 on, before by the prompt", () => {
    const calls = (model: string, ...queries: string[]) => readGeminiAnswer(whole(model, queries)).usage?.calls;
    assert.deepEqual(calls("gemini-3-pro-preview", "a", "b", ""), { webSearch: 2 });
    assert.deepEqual(calls("gemini-2.5-flash", "a", "b"), { webSearch: 1 });
    assert.equal(calls("gemini-3-pro-preview"), undefined);
  });

  it("may be the array of a stream's chunks", () => {
    const first: Chunk = {
      candidates: [{ content: { parts: [{ text: "H" }] } }],
      usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 1 },
    };
    assert.deepEqual(readGeminiAnswer([first, whole("gemini-3-pro")]).usage, usageOf({ input: 11, output: 73 }));
    assert.equal(readGeminiAnswer([first]).cut, true);
  });

  it("is refused where it is none", () => {
    for (const body of [null, "x", {}, { choices: [] }, { usageMetadata: { promptTokenCount: 1.5 } }])
      assert.throws(() => readGeminiAnswer(body), TypeError);
  });
});

describe("gemini: stream", () => {
  const chunk = (parts: object[], output: number, more: object = {}) => ({
    candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: output, thoughtsTokenCount: 20 },
    modelVersion: "gemini-3-pro-preview",
    responseId: "r-1",
  });

  it("gives texts, thoughts and whole calls; the last usage counts", () => {
    const reader = createGeminiStreamReader();
    const deltas = [
      chunk([{ text: "hm", thought: true }], 0),
      chunk([{ text: "Hel" }], 2),
      chunk([{ functionCall: { name: "read", args: { path: "a" } } }, { functionCall: { id: "c-2", name: "stop" } }], 9),
      chunk([], 9, { finishReason: "STOP" }),
    ].flatMap((data) => reader.read(data));
    assert.deepEqual(deltas, [
      { kind: "reasoning", text: "hm" },
      { kind: "text", text: "Hel" },
      { kind: "toolCall", index: 0, name: "read", arguments: '{"path":"a"}' },
      { kind: "toolCall", index: 1, id: "c-2", name: "stop", arguments: "{}" },
    ]);
    assert.deepEqual(reader.end(), {
      id: "r-1",
      model: "gemini-3-pro-preview",
      finishReason: "STOP",
      usage: usageOf({ input: 9, output: 29 }),
      cut: false,
    });
  });

  it("gives of a stream that was cut what was counted so far", () => {
    const reader = createGeminiStreamReader();
    reader.read(chunk([{ text: "Hel" }], 2));
    assert.deepEqual([reader.end().cut, reader.end().usage], [true, usageOf({ input: 9, output: 22 })]);
  });

  it("ends with a prompt that was blocked", () => {
    const reader = createGeminiStreamReader();
    reader.read({ promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 9 } });
    assert.deepEqual([reader.end().finishReason, reader.end().cut], ["SAFETY", false]);
  });

  it("passes on an error that comes inside a stream, and refuses what is no chunk", () => {
    const reader = createGeminiStreamReader();
    assert.deepEqual(reader.read({ error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } }), [
      { kind: "error", message: "overloaded" },
    ]);
    for (const data of [null, 7, "[DONE]", {}, { candidates: "x" }]) assert.throws(() => reader.read(data), TypeError);
  });
});
