/** The encodings that can be counted exactly: tiktoken's. */
export const ENCODINGS = ["o200k_base", "o200k_harmony", "cl100k_base", "p50k_base", "p50k_edit", "r50k_base", "gpt2"] as const;
export type EncodingName = (typeof ENCODINGS)[number];

/** The encoding of models whose tokenizer is not public: the base count that `estimateTokens` scales. */
export const BASE_ENCODING: EncodingName = "o200k_base";

/** How an encoding counts ordinary text. */
export interface Vocabulary {
  /** The packed table (`dist/tokens/<file>.bin`) with its tokens. */
  file: "o200k_base" | "cl100k_base" | "p50k_base" | "r50k_base";
  /** Which pattern splits the text, as the module numbers them (src/tokens/wasm/index.ts). */
  pattern: 0 | 1 | 2;
}

const o200k: Vocabulary = { file: "o200k_base", pattern: 0 };
const p50k: Vocabulary = { file: "p50k_base", pattern: 2 };
const r50k: Vocabulary = { file: "r50k_base", pattern: 2 };

/** Encodings that differ in special tokens only count ordinary text alike. */
export const VOCABULARIES: Record<EncodingName, Vocabulary> = {
  o200k_base: o200k,
  o200k_harmony: o200k,
  cl100k_base: { file: "cl100k_base", pattern: 1 },
  p50k_base: p50k,
  p50k_edit: p50k,
  r50k_base: r50k,
  gpt2: r50k,
};

/** OpenAI's models by tiktoken's `model.py`, with later versions of GPT-5 and without those that nobody serves any more. */
const MODELS: [names: RegExp, encoding: EncodingName][] = [
  [/^gpt-oss(?![^-:@])/, "o200k_harmony"],
  [/^(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5(\.\d+)?|o[134])(?![^-:@])/, "o200k_base"],
  [/^(gpt-4|gpt-3\.5|gpt-35|davinci-002|babbage-002|text-embedding-(ada-002|3-small|3-large))(?![^-:@])/, "cl100k_base"],
];

/**
 * The encoding of a model whose tokenizer is public; undefined for all others, also for OpenAI's next ones.
 * A vendor in front (`openai/gpt-5`, `openai.gpt-oss-20b`) and `ft:` of a fine-tuned model are ignored.
 */
export function encodingForModel(model: string): EncodingName | undefined {
  const name = model
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/^(openai\.|ft:)/, "");
  return MODELS.find(([names]) => names.test(name))?.[1];
}
