import assert from "node:assert/strict";
import fc from "fast-check";
import { wireApis } from "./api.ts";
import { API_NAMES, countable } from "./request.ts";

describe("every API", () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        model: fc.jsonValue(),
        messages: fc.jsonValue(),
        input: fc.jsonValue(),
        contents: fc.jsonValue(),
        tools: fc.jsonValue(),
        type: fc.jsonValue(),
        choices: fc.jsonValue(),
        candidates: fc.jsonValue(),
        usage: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );

  for (const name of API_NAMES) {
    const { readRequest, readAnswer, createStreamReader } = wireApis[name];

    it(`${name} takes any JSON, or says with a TypeError that it is not its own`, () => {
      const attempt = (read: () => unknown) => {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof TypeError, String(error));
          assert.match(error.message, /^(Not |The request names no model)/);
        }
      };
      fc.assert(
        fc.property(anything, (data) => {
          attempt(() => readRequest(data, { model: "m" }));
          attempt(() => readAnswer(data));
          attempt(() => createStreamReader().read(data));
        }),
        { numRuns: 300 },
      );
    });

    it(`${name} counts every word of a prompt once, whatever the words`, () => {
      const said = fc.array(fc.string({ minLength: 1, unit: "binary" }), { minLength: 1, maxLength: 5 });
      const bodies = {
        "openai-chat": (texts: string[]) => ({ messages: texts.map((content) => ({ role: "user", content })) }),
        "openai-responses": (texts: string[]) => ({ input: texts.map((content) => ({ role: "user", content })) }),
        "anthropic-messages": (texts: string[]) => ({ messages: texts.map((content) => ({ role: "user", content })) }),
        "gemini-generate-content": (texts: string[]) => ({
          contents: texts.map((text) => ({ role: "user", parts: [{ text }] })),
        }),
      };
      fc.assert(
        fc.property(said, (texts) => {
          const counted = countable(readRequest(bodies[name](texts), { model: "m" }).parts);
          assert.deepEqual(counted.texts, texts);
          assert.ok(counted.tokens.low <= counted.tokens.likely && counted.tokens.likely <= counted.tokens.high);
        }),
      );
    });

    it(`${name} says of a stream without an event that it was cut`, () => {
      assert.deepEqual(createStreamReader().end(), { cut: true });
    });
  }
});
