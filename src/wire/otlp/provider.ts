import type { ChatCall } from "./chatCalls.ts";

/** Hosts that serve models of their own, as the price list names them. */
const HOSTS: readonly (readonly [host: string, provider: string])[] = [
  ["api.openai.com", "openai"],
  ["api.anthropic.com", "anthropic"],
  ["generativelanguage.googleapis.com", "google"],
  ["openrouter.ai", "openrouter"],
  ["api.x.ai", "x-ai"],
];
/** Copilot's own service. */
const COPILOT = /(^|\.)(githubcopilot\.com|github\.com|ghe\.com|githubusercontent\.com)$/;
/** Whoever else a person has set up as a custom endpoint in the editor. */
const CUSTOM = "customendpoint";

/**
 * Who serves a call's model, and the model as the price list names it. The assistant says `github` also of models that somebody brought
 * along, so the host decides where it is told; Copilot names Claude's versions with a dot, everybody else with a dash.
 */
export function refOfCall({ provider, server, model }: Pick<ChatCall, "provider" | "server" | "model">): {
  provider: string;
  model: string;
} {
  return { provider: providerOf(provider, server?.toLowerCase()), model: plainModel(model) };
}

/** A model's name as price lists have it. */
export function plainModel(model: string): string {
  return /^claude-/i.test(model) ? model.replace(/(\d)\.(\d)/g, "$1-$2") : model;
}

function providerOf(provider: string, host: string | undefined): string {
  const known = HOSTS.find(([one]) => host === one || host?.endsWith(`.${one}`));
  if (known) return known[1];
  if (host === undefined)
    return ["anthropic", "openai"].includes(provider) ? provider : provider === "gemini" ? "google" : "copilot";
  return COPILOT.test(host) ? "copilot" : CUSTOM;
}
