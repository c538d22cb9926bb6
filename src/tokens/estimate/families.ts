/**
 * Tokens of a tokenizer for one o200k_base token, by class in the order of `CONTENT_CLASSES`: nine of ten texts lie between `likely / within`
 * and `likely * within`.
 */
export interface Ratios {
  likely: readonly number[];
  within: readonly number[];
}

/** Tokens that a request has beyond its texts and what is counted for their frame: nine of ten have `likely`, give or take `within`. */
export interface Overhead {
  likely: number;
  within: number;
}

/** Models that share a tokenizer, or are thought to, and what is known of it beforehand. */
export interface Family {
  id: string;
  ratios: Ratios;
  overhead: Overhead;
}

/** The family of models of which nothing is known: each has a tokenizer of its own. */
export const UNKNOWN_FAMILY = "other";

/** The first that matches applies. */
const NAMES: readonly [names: RegExp, family: string][] = [
  [/claude-(opus-(4[-.][7-9]|[5-9])|(sonnet|haiku)-[5-9]|[5-9]|fable|mythos)/, "claude-4.7"],
  [/claude/, "claude"],
  [/gemini|gemma/, "gemini"],
  [/deepseek/, "deepseek"],
  [/mi[sx]tral-(7b|8x)|mistral-(large|small)-24|codestral-(24|mamba)/, "mistral-32k"],
  [/mistral|magistral|ministral|codestral|devstral|pixtral/, "mistral"],
  [/llama-?4/, "llama-4"],
  [/llama-?3/, "llama-3"],
  [/qwen|qwq/, "qwen"],
  [/grok/, "grok"],
  [/\bgpt-?\d|\bo\d\b/, "gpt"],
];

/**
 * Published or measured ratios to o200k_base.
 *
 * "Measured" is a least-squares fit of the shares of `contentShares` to the counts of a public tokenizer, over 600 pieces of 0.5 to
 * 16 KB of English prose, code, JSON, logs, Chinese, Japanese and Russian (November 2026); `within` also takes in what the same tokenizer
 * makes of other languages of the class (German, Korean, Hindi …).
 * - Claude up to 4.6: Anthropic's published vocabulary of Claude 2, measured, x 1.1: 97-99.9 % of the later models' counts by the accuracy
 *   table of ai-tokenizer 1.0.6, in which there are no scripts but Latin. Agrees with +16 % on English and +30 % on Python against GPT-4o (2025).
 * - Claude from Opus 4.7 on (also Opus 5, Sonnet 5 …): a new tokenizer, 1.0-1.35 x the former, "about 30 %" more (Anthropic, "What's new in
 *   Claude 4.7", "Token counting"). Measured by others, 4.7 / 4.6: English 1.20 and 1.45, technical prose 1.47, TypeScript 1.13 and 1.36,
 *   Python 1.20 and 1.29, JSON 1.31, UUIDs 1.06, Chinese, Cyrillic and Arabic 1.00-1.07. Times the former ratio.
 * - Gemini: Gemma 3's vocabulary, with which `@google/genai` counts for Gemini 2.0 to 3; measured. It takes digits one by one.
 * - DeepSeek V3, Llama 3, Qwen 3, Mistral (Tekken; before it SentencePiece of 32,768 tokens): measured. Qwen and Mistral take digits one by one too.
 * - Grok, Llama 4: no reliable figure; ai-tokenizer takes o200k_base for Grok 3.
 * - OpenAI's models that are in no published table yet: o200k_base has been theirs since GPT-4o, so likely still is.
 * - Everything else: what the families above have in common.
 */
const RATIOS: Record<string, Ratios> = {
  "claude-4.7": { likely: [1.48, 1.66, 1.15, 1.42, 1.8, 0.9], within: [1.25, 1.25, 1.35, 1.4, 1.6, 1.6] },
  claude: { likely: [1.13, 1.36, 1.0, 1.4, 1.8, 0.7], within: [1.2, 1.18, 1.25, 1.4, 1.6, 1.5] },
  gemini: { likely: [1, 1.19, 1.77, 0.75, 0.94, 1.18], within: [1.12, 1.15, 1.35, 1.35, 1.3, 1.4] },
  deepseek: { likely: [1.04, 1.12, 0.95, 0.9, 1.15, 0.85], within: [1.12, 1.12, 1.15, 1.2, 1.4, 1.4] },
  "mistral-32k": { likely: [1.14, 1.34, 1.74, 1.4, 1.7, 1.18], within: [1.15, 1.15, 1.3, 1.3, 1.6, 1.4] },
  mistral: { likely: [1.07, 1.09, 1.8, 1.1, 1.12, 0.75], within: [1.15, 1.2, 1.25, 1.25, 1.25, 1.5] },
  "llama-4": { likely: [1.05, 1.05, 1.15, 1.05, 1.15, 0.95], within: [1.3, 1.3, 1.6, 1.4, 1.6, 1.5] },
  "llama-3": { likely: [1, 1, 1.01, 1, 1.2, 0.98], within: [1.12, 1.08, 1.1, 1.15, 1.6, 1.2] },
  qwen: { likely: [1, 0.99, 1.85, 0.94, 1.3, 0.85], within: [1.15, 1.1, 1.3, 1.2, 1.6, 1.4] },
  grok: { likely: [1.05, 1.05, 1.15, 1.05, 1.15, 0.95], within: [1.3, 1.3, 1.6, 1.4, 1.6, 1.5] },
  gpt: { likely: [1, 1, 1, 1, 1, 1], within: [1.12, 1.12, 1.25, 1.2, 1.25, 1.2] },
  [UNKNOWN_FAMILY]: { likely: [1.06, 1.12, 1.3, 1.05, 1.3, 0.95], within: [1.3, 1.35, 1.7, 1.6, 1.8, 1.7] },
};

/**
 * Tokens around a request's texts, beyond the 7 of `countableText` for one message. By the providers' counts to which ai-tokenizer 1.0.6 is
 * fitted (base and one message of its `models[].tokens`): Claude +1, Gemini -9, DeepSeek and Mistral -1 to -4, Llama 3.3 +31, Grok 4 +679,
 * Grok 4 Fast +163, Kimi K2 +20.
 */
const OVERHEADS: Record<string, Overhead> = {
  gemini: { likely: -7, within: 15 },
  "llama-4": { likely: 15, within: 40 },
  "llama-3": { likely: 15, within: 40 },
  grok: { likely: 160, within: 520 },
  [UNKNOWN_FAMILY]: { likely: 5, within: 60 },
};
const USUAL_OVERHEAD: Overhead = { likely: 0, within: 20 };

/** The family of a model, whatever gateway stands before its name (`openrouter/anthropic/claude-…`, `us.anthropic.claude-…-v1:0`). */
export function familyOf(model: string): Family {
  const name = model.toLowerCase();
  const id = NAMES.find(([names]) => names.test(name))?.[1] ?? UNKNOWN_FAMILY;
  return { id, ratios: RATIOS[id]!, overhead: OVERHEADS[id] ?? USUAL_OVERHEAD };
}
