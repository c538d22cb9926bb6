import * as z from "zod/mini";
import { inlineOf } from "../media/base64.ts";
import { mediumPart, picturePart, sealedTokens } from "../media/parts.ts";
import type { MediaRules } from "../media/rules.ts";
import { Text } from "../parse.ts";
import { framed, type PartKind, type RequestPart, textPart } from "../request.ts";
import { assumed } from "../tokenRange.ts";
import { breakpoint, type Marked, toolPart } from "./parts.ts";

/** The items of a Responses request's input, of which there are some thirty types: messages, calls, their outputs, reasoning, tools. */

const Content = z.looseObject({
  type: z.string(),
  text: Text,
  refusal: Text,
  image_url: Text,
  file_id: Text,
  file_data: Text,
  file_url: Text,
  filename: Text,
  detail: Text,
  input_audio: z.nullish(z.object({ data: z.string(), format: Text })),
});
type Content = z.infer<typeof Content>;

export const Item = z.looseObject({
  type: Text,
  role: Text,
  id: Text,
  content: z.nullish(z.union([z.string(), z.array(Content)])),
  summary: z.nullish(z.array(z.looseObject({ text: Text }))),
  encrypted_content: Text,
  output: z.nullish(z.unknown()),
  tools: z.nullish(z.array(z.unknown())),
  result: z.nullish(z.unknown()),
});
export type Item = z.infer<typeof Item>;

/** What an item is framed with is not published; in Chat Completions, which the same models serve, it is 4. */
const FRAME = assumed(3, 4, 8);

/** Fields that name and track an item; whether the model sees them is not published, and they are short. */
const TRACKING = new Set([
  "id",
  "call_id",
  "type",
  "status",
  "caller",
  "created_by",
  "encrypted_content",
  "fingerprint",
  "output",
  "result",
]);

/** The parts of one item, with what it is framed with. References to stored items have none. */
export function itemParts(item: Item, rules: MediaRules): Marked[] {
  const parts = partsOf(item, rules);
  const [first] = parts;
  return first ? framed(parts, FRAME, first) : [];
}

function partsOf(item: Item, rules: MediaRules): Marked[] {
  const type = item.type ?? (item.role ? "message" : "item_reference");
  if (type === "message") return messageParts(item, rules);
  if (type === "item_reference" || type === "compaction_trigger") return [];
  if (type === "reasoning") return [reasoningPart(item)];
  if (type === "compaction") return [{ ...textPart("message", []), tokens: sealedTokens(item.encrypted_content ?? "") }];
  if (item.tools) return item.tools.map(toolPart); // additional_tools, tool_search_output, mcp_list_tools
  if (type === "image_generation_call") return [generatedPicture(item, rules)];
  if (type.endsWith("_output")) return outputParts(item, "toolResult", rules);
  return [textPart("toolCall", [JSON.stringify(untracked(item))], { role: "assistant" }), ...ownOutput(item, rules)];
}

function messageParts({ role, content }: Item, rules: MediaRules): Marked[] {
  const speaker: Pick<RequestPart, "kind" | "role"> =
    role === "system" || role === "developer"
      ? { kind: "system" }
      : { kind: "message", role: role === "assistant" ? "assistant" : "user" };
  if (typeof content === "string") return [textPart(speaker.kind, [content], speaker)];
  const parts = (content ?? []).map((one) => ({ ...contentPart(one, speaker, rules), ...breakpoint(one) }));
  return parts.length > 0 ? parts : [textPart(speaker.kind, [], speaker)];
}

function contentPart(content: Content, { kind, role }: Pick<RequestPart, "kind" | "role">, rules: MediaRules): RequestPart {
  const more = role ? { role } : {};
  const { type, text, refusal, image_url, detail, input_audio } = content;
  if (type === "input_image" || type === "computer_screenshot")
    return picturePart(inlineOf(image_url ?? ""), detail, rules, more);
  if (type === "input_file") return mediumPart({ ...fileOf(content), detail: detail ?? undefined }, rules, more);
  if (input_audio) return mediumPart({ mime: `audio/${input_audio.format ?? ""}`, base64: input_audio.data }, rules, more);
  if (typeof text === "string") return textPart(kind, [text], more);
  if (refusal) return textPart(kind, [refusal], more);
  return textPart("other", [JSON.stringify(content)], more);
}

/** A file as a data URL, as bare base64 (then it is a PDF by its name, or unknown), or one that only the server can get. */
function fileOf({ file_data, filename, file_url }: Content): { mime?: string; base64?: string } {
  const pdf = /\.pdf$/i.test(filename ?? file_url ?? "") ? { mime: "application/pdf" } : {};
  if (!file_data) return pdf;
  return inlineOf(file_data) ?? { ...pdf, base64: file_data };
}

/** Former reasoning is read again only while a turn of tool calls goes on; how much of it is sealed. */
function reasoningPart({ summary, content, encrypted_content }: Item): RequestPart {
  const texts = typeof content === "string" ? [content] : (content ?? []).map(({ text }) => text);
  if (encrypted_content) return { kind: "reasoning", role: "assistant", texts: [], tokens: sealedTokens(encrypted_content) };
  return textPart("reasoning", texts.length > 0 ? texts : (summary ?? []).map(({ text }) => text), { role: "assistant" });
}

/** The output of a call: a text, contents, or a screenshot; anything else as its JSON. */
function outputParts({ output, content }: Item, kind: PartKind, rules: MediaRules): RequestPart[] {
  const given = output ?? content;
  const contents = z.array(Content).safeParse(Array.isArray(given) ? given : [given]);
  const speaker = { kind, role: "user" } as const;
  if (typeof given === "string") return [textPart(kind, [given], { role: "user" })];
  if (contents.success) return contents.data.map((one) => contentPart(one, speaker, rules));
  return [textPart(kind, [given === undefined || given === null ? "" : JSON.stringify(given)], { role: "user" })];
}

/** Calls of the server's own tools carry their output with them. */
function ownOutput(item: Item, rules: MediaRules): RequestPart[] {
  return item.output === undefined || item.output === null ? [] : outputParts(item, "toolResult", rules);
}

function generatedPicture({ result }: Item, rules: MediaRules): RequestPart {
  const base64 = typeof result === "string" ? result : undefined;
  return mediumPart({ mime: "image/", base64 }, rules, { role: "assistant" });
}

function untracked(item: Item): object {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !TRACKING.has(name)));
}
