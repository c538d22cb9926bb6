import * as z from "zod/mini";
import { mediumPart, sealedTokens } from "../media/parts.ts";
import type { MediaRules } from "../media/rules.ts";
import { Text } from "../parse.ts";
import { type RequestPart, textPart } from "../request.ts";
import { assumed } from "../tokenRange.ts";

/** Content blocks of Anthropic's messages (npm `@anthropic-ai/sdk` 1.13, `ContentBlockParam` and its beta kin). */

const Source = z.looseObject({
  type: z.string(),
  media_type: Text,
  data: Text,
  content: z.nullish(z.unknown()),
});

export const Block = z.looseObject({
  type: z.string(),
  text: Text,
  thinking: Text,
  data: Text,
  name: Text,
  title: Text,
  context: Text,
  input: z.nullish(z.unknown()),
  source: z.nullish(z.union([z.string(), Source])),
  content: z.nullish(z.unknown()),
  cache_control: z.nullish(z.object({ ttl: Text })),
});
export type Block = z.infer<typeof Block>;

/** A part, while breakpoints are still marks on single parts. */
export type Marked = RequestPart & { ends?: "5m" | "1h" };
type Speaker = Pick<RequestPart, "kind" | "role">;

export function speakerOf(role: string): Speaker {
  if (role === "system") return { kind: "system" };
  return { kind: "message", role: role === "assistant" ? "assistant" : "user" };
}

/** The parts of a block; its breakpoint stands behind the last of them. */
export function blockParts(block: Block, speaker: Speaker, rules: MediaRules): Marked[] {
  const parts = partsOf(block, speaker, rules);
  const last = parts.at(-1);
  if (!block.cache_control || !last) return parts;
  return [...parts.slice(0, -1), { ...last, ends: block.cache_control.ttl === "1h" ? "1h" : "5m" }];
}

function partsOf(block: Block, speaker: Speaker, rules: MediaRules): Marked[] {
  const { kind, ...more } = speaker;
  const { type, text, thinking, name, input, data } = block;
  if (type === "text") return [textPart(kind, [text], more)];
  if (type === "thinking") return [textPart("reasoning", [thinking], more)];
  if (type === "redacted_thinking") return [{ kind: "reasoning", texts: [], tokens: sealedTokens(data ?? ""), ...more }];
  if (type === "image") return [imagePart(block, more, rules)];
  if (type === "document") return documentParts(block, more, rules);
  if (type === "search_result") return searchResultParts(block, rules);
  if (/^(server_|mcp_)?tool_use$/.test(type)) return [textPart("toolCall", [name, JSON.stringify(input ?? {})], more)];
  if (type.endsWith("tool_result")) return resultParts(block.content, rules);
  if (type === "compaction" && typeof block.content === "string") return [textPart("message", [block.content], more)];
  if (type === "container_upload") return [textPart("file", [], more)]; // for the server's sandbox: the model does not read it
  return [textPart("other", [JSON.stringify(block)], more)];
}

function imagePart({ source }: Block, more: Partial<RequestPart>, rules: MediaRules): RequestPart {
  const base64 = typeof source === "object" && source?.type === "base64" ? (source.data ?? undefined) : undefined;
  return mediumPart({ mime: "image/", base64 }, rules, more);
}

/** A document is a PDF, a plain text, or blocks; its title and context are read along. */
function documentParts({ source, title, context }: Block, more: Partial<RequestPart>, rules: MediaRules): RequestPart[] {
  const head = title || context ? [textPart("file", [title, context], more)] : [];
  if (!source || typeof source === "string") return [...head, mediumPart({}, rules, more)];
  if (source.type === "text") return [...head, textPart("file", [source.data], more)];
  if (source.type === "content") return [...head, ...nested(source.content, { kind: "file", ...more }, rules)];
  // An address or an uploaded file of unsaid type is a PDF: others are sent as text.
  const base64 = source.type === "base64" ? (source.data ?? undefined) : undefined;
  return [...head, mediumPart({ mime: source.media_type ?? "application/pdf", base64 }, rules, more)];
}

function searchResultParts({ title, source, content }: Block, rules: MediaRules): RequestPart[] {
  const head = textPart("toolResult", [title, typeof source === "string" ? source : undefined], { role: "user" });
  return [head, ...nested(content, { kind: "toolResult", role: "user" }, rules)];
}

/** Blocks inside a block, or a text. */
function nested(content: unknown, speaker: Speaker, rules: MediaRules): Marked[] {
  if (typeof content === "string") return [textPart(speaker.kind, [content], speaker)];
  const blocks = z.array(Block).safeParse(content);
  if (!blocks.success) return [textPart(speaker.kind, [content ? JSON.stringify(content) : undefined], speaker)];
  return blocks.data.flatMap((block) => blockParts(block, speaker, rules));
}

/** What a tool has returned: a text, blocks, or what the server's own tools return, of which found pages are sealed. */
function resultParts(content: unknown, rules: MediaRules): Marked[] {
  const speaker: Speaker = { kind: "toolResult", role: "user" };
  if (content === undefined || content === null) return [textPart("toolResult", [], speaker)];
  if (Array.isArray(content) && content.some(isFound)) return content.map(foundPart);
  const fetched = z.object({ type: z.literal("web_fetch_result"), content: Block }).safeParse(content);
  if (fetched.success) return blockParts(fetched.data.content, speaker, rules);
  return nested(content, speaker, rules);
}

const Found = z.object({ type: z.literal("web_search_result"), title: Text, url: Text, encrypted_content: Text });

function isFound(content: unknown): boolean {
  return Found.safeParse(content).success;
}

function foundPart(content: unknown): RequestPart {
  const found = Found.safeParse(content);
  if (!found.success) return textPart("toolResult", [JSON.stringify(content)], { role: "user" });
  const { title, url, encrypted_content } = found.data;
  const tokens = encrypted_content ? sealedTokens(encrypted_content) : assumed(0, 0, 0);
  return textPart("toolResult", [title, url], { role: "user", tokens });
}
