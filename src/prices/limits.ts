import type { ModelPrice } from "./rates.ts";

/**
 * What a model can do at most, which the catalogue does not say: output tokens of one request, tools, pictures. As the makers give
 * them on their pages about models (developers.openai.com/api/docs/models, platform.claude.com/docs/en/about-claude/models,
 * ai.google.dev/gemini-api/docs/models and the like). What is not listed is not known, and nothing depends on it but how high
 * the worst case is, and what is suggested in place of a dear model.
 */
const MAX_OUTPUT: [RegExp, number][] = [
  [/^gpt-5(\.\d)?-chat-latest$|^gpt-5\.3$/, 16_384],
  [/^gpt-5-pro/, 272_000],
  [/^gpt-(5|6)/, 128_000],
  [/^gpt-4\.1/, 32_768],
  [/^(gpt-4o|chatgpt-4o)/, 16_384],
  [/^(gpt-4-turbo|gpt-3\.5)/, 4_096],
  [/^gpt-4$/, 8_192],
  [/^(o1|o3|o4|codex-mini)/, 100_000],
  [/^claude-opus-4(-0|-1)?$/, 32_000],
  [/^claude-(sonnet-4(-0)?|(opus|sonnet|haiku)-4-5)$/, 64_000],
  [/^claude-(opus|sonnet|fable)-/, 128_000],
  [/^gemini-2\.0/, 8_192],
  [/^gemini-/, 65_536],
];

/** Whether a model reads pictures; the first that matches. */
const VISION: [RegExp, boolean][] = [
  [/^(gpt-3\.5|gpt-4$|o3-mini)/, false],
  [/^(gpt-[456]|chatgpt-|o1|o3|o4)/, true],
  [/^(claude-|gemini-|pixtral-|grok-4|kimi-k2\.5)/, true],
  [/^(grok-3|grok-code|deepseek-|codestral|ministral-[38]b$|moonshot-v1-\d+k$|command-r)/, false],
];

/** Whether a model calls tools; the first that matches. */
const TOOLS: [RegExp, boolean][] = [
  [/^(chatgpt-4o|gpt-5-chat-latest)/, false],
  [/^(gpt-|o1|o3|o4|claude-|gemini-|grok-|kimi-|mistral-|devstral|GLM-)/, true],
];

/** What is known of a model besides its price. */
export function limitsOf(model: string): Pick<ModelPrice, "maxOutput" | "capabilities"> {
  const first = <T>(table: [RegExp, T][]) => table.find(([name]) => name.test(model))?.[1];
  const [maxOutput, tools, vision] = [first(MAX_OUTPUT), first(TOOLS), first(VISION)];
  const capabilities = { ...(tools !== undefined && { tools }), ...(vision !== undefined && { vision }) };
  return {
    ...(maxOutput !== undefined && { maxOutput }),
    ...(Object.keys(capabilities).length > 0 && { capabilities }),
  };
}
