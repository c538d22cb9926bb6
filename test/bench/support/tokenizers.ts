import { createRequire } from "node:module";
import { models, Tokenizer } from "ai-tokenizer";
import { cl100k_base, claude, o200k_base } from "ai-tokenizer/encoding";
import { fromPreTrained } from "tokenizer-gemma";
import llama3 from "tokenizer-llama3";
import { estimateTokenCount } from "tokenx";

export type Count = (text: string) => number;

/** A public tokenizer that stands in for those which are not: what we do not know of it is what it makes of a text. */
export interface Truth {
  name: string;
  /** The model that we take it for. */
  model: string;
  count: Count;
  /**
   * What ai-tokenizer offers for its family: the vocabulary and the model by whose factor it counts. Absent where it would be its own judge.
   * For Llama 3 that is cl100k_base, of which Llama 3's vocabulary was made: on Latin text they are the same.
   */
  ai?: { encoding: typeof o200k_base | typeof cl100k_base; model: keyof typeof models };
}

/** What is used of the Mistral tokenizer; its module build looks for its data in vain, so it is required. */
interface MistralTokenizers {
  getTokenizer(version: "v3", tekken: boolean): { encode(text: string, begin: boolean, end: boolean): readonly number[] };
}

export function truths(): Truth[] {
  const mistral = (createRequire(import.meta.url)("tokenizer-mistral") as MistralTokenizers).getTokenizer("v3", true);
  const gemma = fromPreTrained();
  const claude2 = new Tokenizer(claude);
  return [
    {
      name: "Llama 3",
      model: "llama-3.3-70b",
      count: (text) => llama3.encode(text, { bos: false, eos: false }).length,
      ai: { encoding: cl100k_base, model: "meta/llama-3.1-8b" },
    },
    {
      name: "Mistral",
      model: "mistral-small-3",
      count: (text) => mistral.encode(text, false, false).length,
      ai: { encoding: cl100k_base, model: "mistral/mistral-small" },
    },
    {
      name: "Gemma",
      model: "gemini-2.5-pro",
      count: (text) => gemma.encode(text, { add_special_tokens: false }).length,
      ai: { encoding: o200k_base, model: "google/gemini-2.5-pro" },
    },
    { name: "Claude 2", model: "claude-sonnet-4-5", count: (text) => claude2.encode(text).length },
  ];
}

/** Simple ways to estimate a truth's count, without a vocabulary or with another's. */
export function peersOf({ ai }: Truth): Record<string, Count> {
  const simple: Record<string, Count> = { "chars/4": (text) => text.length / 4, tokenx: (text) => estimateTokenCount(text) };
  if (!ai) return simple;
  const tokenizer = new Tokenizer(ai.encoding);
  const factor = models[ai.model].tokens.contentMultiplier;
  return { ...simple, "ai-tokenizer": (text) => tokenizer.encode(text).length * factor };
}
