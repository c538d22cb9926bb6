import type { ApiName } from "./request.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Blocks of content that only Anthropic's API has. */
const ANTHROPIC_BLOCKS: ReadonlySet<unknown> = new Set([
  "image",
  "document",
  "tool_use",
  "tool_result",
  "thinking",
  "redacted_thinking",
  "server_tool_use",
]);
/** Fields of a body that only one of the two APIs with `messages` has. */
const ANTHROPIC_FIELDS = ["system", "anthropic_version", "anthropic_beta", "stop_sequences", "mcp_servers", "top_k"];
const CHAT_FIELDS = ["max_completion_tokens", "response_format", "stream_options", "reasoning_effort", "functions", "n", "stop"];
const CHAT_ROLES: ReadonlySet<unknown> = new Set(["developer", "tool", "function"]);

/**
 * Which API a parsed JSON body looks like a request of, by fields that the others do not have; undefined for anything else. Two of the APIs
 * are alike where a request is plain: then the model's name decides.
 */
export function apiOf(body: unknown): ApiName | undefined {
  if (!isObject(body)) return undefined;
  if (isListOfObjects(body.contents)) return "gemini-generate-content";
  if (isListOfObjects(body.messages) && body.messages.every(({ role }) => typeof role === "string")) return apiOfMessages(body);
  const hasInput = typeof body.input === "string" || isListOfObjects(body.input);
  return hasInput && typeof body.model === "string" ? "openai-responses" : undefined;
}

function apiOfMessages(body: Fields): ApiName {
  const messages = listIn(body.messages);
  const tools = listIn(body.tools);
  const blocks = messages.flatMap(({ content }) => listIn(content));
  const isAnthropic =
    ANTHROPIC_FIELDS.some((name) => name in body) ||
    tools.some((tool) => "input_schema" in tool) ||
    blocks.some(({ type }) => ANTHROPIC_BLOCKS.has(type));
  if (isAnthropic) return "anthropic-messages";
  const isChat =
    CHAT_FIELDS.some((name) => name in body) ||
    tools.some((tool) => "function" in tool) ||
    messages.some(({ role, tool_calls }) => CHAT_ROLES.has(role) || tool_calls !== undefined);
  if (isChat) return "openai-chat";
  return typeof body.model === "string" && /claude/i.test(body.model) ? "anthropic-messages" : "openai-chat";
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOfObjects(value: unknown): value is Fields[] {
  return Array.isArray(value) && value.every(isObject);
}

function listIn(value: unknown): Fields[] {
  return isListOfObjects(value) ? value : [];
}
