import assert from "node:assert/strict";
import { CONTENT_CLASSES } from "./contentClass.ts";
import { familyOf, UNKNOWN_FAMILY } from "./families.ts";

const NAMES: Record<string, string[]> = {
  "claude-4.7": [
    "claude-opus-4-7",
    "claude-opus-4.8",
    "anthropic/claude-opus-5",
    "claude-sonnet-5-20260801",
    "claude-haiku-5",
    "claude-fable-5",
    "claude-mythos-5",
  ],
  claude: [
    ...["claude-opus-4-6", "claude-opus-4-1-20250805", "claude-opus-4-20250514", "claude-sonnet-4-5", "claude-haiku-4-5"],
    ...[
      "claude-3-5-sonnet-20241022",
      "claude-3.7-sonnet",
      "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "openrouter/anthropic/claude-sonnet-4.5",
    ],
  ],
  gemini: ["gemini-2.5-pro", "google/gemini-3-pro-preview", "models/gemini-2.0-flash", "gemma-3-27b-it"],
  deepseek: ["deepseek-chat", "deepseek/deepseek-r1", "deepseek.r1-v1:0"],
  mistral: [
    "mistral-small-latest",
    "mistralai/mistral-large-2512",
    "ministral-8b-latest",
    "devstral-small",
    "codestral-2508",
    "open-mistral-nemo",
  ],
  "mistral-32k": ["open-mistral-7b", "mixtral-8x22b-instruct", "mistral-large-2407", "codestral-2405"],
  "llama-3": ["llama-3.3-70b-instruct", "meta-llama/Llama-3.1-8B", "llama3.2:3b"],
  "llama-4": ["meta-llama/llama-4-scout"],
  qwen: ["qwen3-max", "qwen/qwen-2.5-coder-32b", "qwq-32b"],
  grok: ["grok-4", "x-ai/grok-code-fast-1"],
  gpt: ["gpt-6", "openai/gpt-6-sol", "o5-mini"],
  [UNKNOWN_FAMILY]: ["kimi-k2", "command-r-plus", "nova-pro", "demo-large", ""],
};

describe("families of models", () => {
  it("are told by a model's name, whatever gateway stands before it", () => {
    for (const [family, names] of Object.entries(NAMES)) for (const name of names) assert.equal(familyOf(name).id, family, name);
  });

  it("have a ratio and a band for every class", () => {
    for (const [name] of Object.values(NAMES)) {
      const { id, ratios } = familyOf(name!);
      for (const list of [ratios.likely, ratios.within]) assert.equal(list.length, CONTENT_CLASSES.length, id);
      assert.ok(
        ratios.within.every((within) => within > 1 && within < 2),
        id,
      );
      assert.ok(
        ratios.likely.every((likely) => likely > 0.5 && likely < 2.5),
        id,
      );
    }
  });
});
