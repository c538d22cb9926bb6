import assert from "node:assert/strict";
import { encodingForModel } from "./encoding.ts";

describe("the encoding of a model", () => {
  const o200k =
    "gpt-5 gpt-5-mini gpt-5.4-nano gpt-4o openai/gpt-4o-2024-08-06 gpt-4o:extended azure/openai/gpt-4.1-nano GPT-4.5-preview o1 o3-pro";
  const more = "o4-mini chatgpt-4o-latest ft:gpt-4o-mini:acme::id";
  const harmony = "openai/gpt-oss-20b:free openai.gpt-oss-120b-1:0 gpt-oss-20b";
  const cl100k =
    "gpt-4 gpt-4-turbo openai/gpt-4-32k gpt-3.5-turbo ft:gpt-3.5-turbo:acme::id gpt-35-turbo-16k davinci-002 text-embedding-3-small";
  const unknown = "o100 o1x gpt-6-sol gpt-4.7 gpt-4x claude-opus-4-5 gemini-2.5-pro my-gpt-5 gpt";

  it("is known where the tokenizer is public", () => {
    for (const model of `${o200k} ${more}`.split(" ")) assert.equal(encodingForModel(model), "o200k_base", model);
    for (const model of harmony.split(" ")) assert.equal(encodingForModel(model), "o200k_harmony", model);
    for (const model of cl100k.split(" ")) assert.equal(encodingForModel(model), "cl100k_base", model);
  });

  it("is not guessed where it is not", () => {
    for (const model of ["", ...unknown.split(" ")]) assert.equal(encodingForModel(model), undefined, model);
  });
});
