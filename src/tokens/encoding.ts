/** The encodings that can be counted exactly. */
export const ENCODINGS = ["o200k_base", "cl100k_base"] as const;
export type EncodingName = (typeof ENCODINGS)[number];

/** The encoding of models whose tokenizer is not public: the base count that `estimateTokens` scales. */
export const BASE_ENCODING: EncodingName = "o200k_base";

/** OpenAI's models by tiktoken's `model.py`, with later versions of GPT-5. gpt-oss has o200k_harmony: o200k_base with more special tokens. */
const MODELS: [names: RegExp, encoding: EncodingName][] = [
  [/^(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5(\.\d+)?|gpt-oss|o[134])(?![^-:@])/, "o200k_base"],
  [/^(gpt-4|gpt-3\.5|gpt-35)(?![^-:@])/, "cl100k_base"],
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
