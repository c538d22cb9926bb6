/** The encodings that can be counted exactly. */
export const ENCODINGS = ["o200k_base", "cl100k_base"] as const;
export type EncodingName = (typeof ENCODINGS)[number];

/** The encoding of models whose tokenizer is not public: the base count that `estimateTokens` scales. */
export const BASE_ENCODING: EncodingName = "o200k_base";

const PREFIXES: [prefix: string, encoding: EncodingName][] = [
  ["gpt-4o", "o200k_base"],
  ["chatgpt-4o", "o200k_base"],
  ["gpt-4.1", "o200k_base"],
  ["gpt-4.5", "o200k_base"],
  ["gpt-5", "o200k_base"],
  ["gpt-6", "o200k_base"],
  ["o1", "o200k_base"],
  ["o3", "o200k_base"],
  ["o4", "o200k_base"],
  ["gpt-4", "cl100k_base"],
  ["gpt-3.5", "cl100k_base"],
];

/**
 * The encoding of a model whose tokenizer is public (OpenAI's, by the prefixes of tiktoken's `model.py`); undefined for all others.
 * A vendor in front (`openai/gpt-5`) is ignored.
 */
export function encodingForModel(model: string): EncodingName | undefined {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  return PREFIXES.find(([prefix]) => name === prefix || (name.startsWith(prefix) && /[-.a-z]/.test(name[prefix.length]!)))?.[1];
}
