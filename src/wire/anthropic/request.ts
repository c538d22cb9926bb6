import * as z from "zod/mini";
import { mediaRules } from "../media/rulesOf.ts";
import { Count, modelOf, parsed, Text } from "../parse.ts";
import { framed, type NotInBody, type RequestHint, type RequestPart, reasonsOf, textPart, type WireRequest } from "../request.ts";
import { assumed } from "../tokenRange.ts";
import { Block, blockParts, type Marked, speakerOf } from "./blocks.ts";
import { builtInTool, toolPrompt } from "./toolPrompt.ts";

/** Requests of Anthropic's Messages API (npm `@anthropic-ai/sdk` 1.13, resources/messages/messages.d.ts). */

/** Frames are not published: fitted to the API's own counts, 6 for a request and 2 for a message (npm `ai-tokenizer` 1.0.6, Claude 3.5 to 4.1). */
const FRAME = assumed(0, 6, 12);
const PER_MESSAGE = assumed(0, 2, 6);
/** How the API words a tool for the model is not published: fitted, 53 more than the texts of a small one (same source). */
const PER_TOOL = assumed(0, 0, 60);

/** Tools of these types the caller runs, though the API describes them. All other typed tools are the server's own. */
const CALLER_TOOLS = /^(bash|text_editor|computer|computer_toolset|browser_toolset|memory)_/;

const Breakpoint = z.nullish(z.object({ ttl: Text }));

const Tool = z.looseObject({
  type: Text,
  name: Text,
  description: Text,
  input_schema: z.nullish(z.unknown()),
  input_examples: z.nullish(z.unknown()),
  defer_loading: z.nullish(z.boolean()),
  cache_control: Breakpoint,
});
type Tool = z.infer<typeof Tool>;

const Body = z.object({
  model: Text,
  max_tokens: Count,
  stream: z.nullish(z.boolean()),
  service_tier: Text,
  speed: Text,
  tools: z.nullish(z.array(Tool)),
  tool_choice: z.nullish(z.object({ type: Text })),
  system: z.nullish(z.union([z.string(), z.array(Block)])),
  messages: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(Block)]) })),
  cache_control: Breakpoint,
  output_config: z.nullish(z.object({ format: z.nullish(z.object({ schema: z.nullish(z.unknown()) })) })),
  mcp_servers: z.nullish(z.array(z.unknown())),
  thread: z.nullish(z.object({ type: Text })),
});
type Body = z.infer<typeof Body>;

/** Reads a request of the Messages API. @throws TypeError when it is no such body */
export function readAnthropicRequest(body: unknown, hint?: RequestHint): WireRequest {
  const read = parsed(Body, body, "a request of the Messages API");
  const model = modelOf(read.model, hint);
  const rules = mediaRules(model, "anthropic");
  const system = blocksOf(read.system ?? []).flatMap((block) => blockParts(block, { kind: "system" }, rules));
  const messages = read.messages.flatMap(({ role, content }): Marked[] => {
    const speaker = speakerOf(role);
    const parts = blocksOf(content).flatMap((block) => blockParts(block, speaker, rules));
    return framed(parts, PER_MESSAGE, textPart(speaker.kind, [], speaker));
  });
  const schema = read.output_config?.format?.schema;
  return {
    api: "anthropic-messages",
    model,
    stream: read.stream ?? hint?.stream ?? false,
    ...(read.max_tokens && { maxOutput: read.max_tokens }),
    answers: 1,
    ...(read.service_tier && { serviceTier: read.service_tier }),
    ...(read.speed && { speed: read.speed }),
    parts: [
      ...markPrefixes([...toolParts(read, model), ...system, ...messages], read.cache_control),
      ...(schema ? [textPart("schema", [JSON.stringify(schema)], { tokens: PER_TOOL })] : []),
      { kind: "frame", texts: [], tokens: FRAME },
    ],
    notInBody: notInBody(read),
  };
}

/** A prompt is read in this order: tools, system, messages (build-with-claude/prompt-caching). */
function toolParts({ tools, tool_choice }: Body, model: string): Marked[] {
  if (!tools || tools.length === 0) return [];
  const forced = tool_choice?.type === "any" || tool_choice?.type === "tool";
  const prompt: RequestPart = { kind: "tools", texts: [], tokens: toolPrompt(model, forced) };
  return [prompt, ...tools.filter(({ defer_loading }) => !defer_loading).map(toolPart)];
}

function toolPart(tool: Tool): Marked {
  const { type, name, description, input_schema, input_examples, cache_control } = tool;
  const ends = cache_control ? { ends: ttlOf(cache_control) } : {};
  if (isCustom(tool)) {
    const text = JSON.stringify({ name, description, input_schema, input_examples: input_examples ?? undefined });
    return textPart("tools", [text], { tokens: PER_TOOL, ...ends });
  }
  return { kind: "tools", texts: [], tokens: builtInTool(type ?? ""), ...ends };
}

function isCustom({ type, input_schema }: Tool): boolean {
  return !type || type === "custom" || input_schema !== undefined;
}

function blocksOf(content: string | Block[]): Block[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function ttlOf({ ttl }: { ttl?: string | null | undefined }): "5m" | "1h" {
  return ttl === "1h" ? "1h" : "5m";
}

/**
 * The class in which each part is written to the cache: up to the last breakpoint of an hour for an hour, from there to the last of five
 * minutes for those ("Mixing different TTLs": longer ones come first). A breakpoint of the whole request stands on its last part.
 */
function markPrefixes(parts: readonly Marked[], whole: { ttl?: string | null | undefined } | null | undefined): RequestPart[] {
  const end = parts.length - 1;
  const lastOf = (ttl: "5m" | "1h") => (whole && ttlOf(whole) === ttl ? end : parts.findLastIndex(({ ends }) => ends === ttl));
  const hour = lastOf("1h");
  const minutes = lastOf("5m");
  return parts.map(({ ends, ...part }, index) => {
    if (index <= hour) return { ...part, cacheWrite: "cacheWrite1h" };
    return index <= minutes ? { ...part, cacheWrite: "cacheWrite5m" } : part;
  });
}

function notInBody({ tools, mcp_servers, thread }: Body): NotInBody[] {
  return reasonsOf({
    previousResponse: thread?.type === "continue",
    serverTool: mcp_servers?.length || tools?.some((tool) => !isCustom(tool) && !CALLER_TOOLS.test(tool.type ?? "")),
    deferredTool: tools?.some(({ defer_loading }) => defer_loading),
  });
}
