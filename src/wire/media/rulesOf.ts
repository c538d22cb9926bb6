import { anthropicMedia } from "./anthropic.ts";
import { geminiMedia } from "./gemini.ts";
import { openAiMedia } from "./openai.ts";
import type { MediaRules } from "./rules.ts";

/** A model's rules by its name, whichever API it is asked through: gateways serve every vendor's models through OpenAI's. */
export function mediaRules(model: string, home: "openai" | "anthropic" | "gemini"): MediaRules {
  const name = model.toLowerCase();
  if (name.includes("claude")) return anthropicMedia(name);
  if (name.includes("gemini")) return geminiMedia(name);
  if (/^(.*\/)?(gpt-|chatgpt-|o\d)/.test(name)) return openAiMedia(name);
  if (home === "anthropic") return anthropicMedia(name);
  return home === "gemini" ? geminiMedia(name) : openAiMedia(name);
}
