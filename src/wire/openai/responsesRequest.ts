import * as z from "zod/mini";
import { mediaRules } from "../media/rulesOf.ts";
import { Count, modelOf, parsed, Text } from "../parse.ts";
import { type NotInBody, type RequestHint, type RequestPart, reasonsOf, textPart, type WireRequest } from "../request.ts";
import { assumed } from "../tokenRange.ts";
import { markPrefixes, schemaPart, toolPart } from "./parts.ts";
import { Item, itemParts } from "./responsesItems.ts";

/** Requests of OpenAI's Responses API (npm `openai` 6.49, resources/responses/responses.d.ts). */

/**
 * What the API puts around everything is not published. Chat Completions primes with 3; both of the reference's examples of text alone (by
 * gpt-4.1) are billed 21 tokens beyond their messages: 36 for "Tell me a three sentence bedtime story about a unicorn.", 37 for "You are a
 * helpful assistant." and "Hello!".
 */
const FRAME = assumed(3, 21, 24);

/** Tools that the caller runs; every other type is the server's own. */
const CALLER_TOOLS = new Set([
  "function",
  "custom",
  "namespace",
  "shell",
  "local_shell",
  "apply_patch",
  "computer",
  "computer_use_preview",
]);

const Body = z.object({
  model: Text,
  instructions: Text,
  input: z.nullish(z.union([z.string(), z.array(Item)])),
  stream: z.nullish(z.boolean()),
  max_output_tokens: Count,
  service_tier: Text,
  tools: z.nullish(z.array(z.looseObject({ type: z.string(), defer_loading: z.nullish(z.boolean()) }))),
  text: z.nullish(z.object({ format: z.nullish(z.object({ schema: z.nullish(z.unknown()) })) })),
  previous_response_id: Text,
  conversation: z.nullish(z.union([z.string(), z.object({ id: z.string() })])),
  prompt: z.nullish(z.object({ id: z.string() })),
});
type Body = z.infer<typeof Body>;

/** Reads a request of the Responses API. @throws TypeError when it is no such body */
export function readResponsesRequest(body: unknown, hint?: RequestHint): WireRequest {
  const read = parsed(Body, body, "a request of the Responses API");
  const model = modelOf(read.model, hint);
  const rules = mediaRules(model, "openai");
  const items: Item[] = typeof read.input === "string" ? [{ role: "user", content: read.input }] : (read.input ?? []);
  const shown = (read.tools ?? []).filter(({ defer_loading }) => !defer_loading);
  const schema = read.text?.format?.schema;
  return {
    api: "openai-responses",
    model,
    stream: read.stream ?? hint?.stream ?? false,
    ...(read.max_output_tokens && { maxOutput: read.max_output_tokens }),
    answers: 1,
    ...(read.service_tier && { serviceTier: read.service_tier }),
    parts: [
      ...markPrefixes([
        ...shown.map(toolPart),
        ...instructions(read.instructions),
        ...items.flatMap((item) => itemParts(item, rules)),
      ]),
      ...(schema ? [schemaPart(schema)] : []),
      { kind: "frame", texts: [], tokens: FRAME },
    ],
    notInBody: notInBody(read),
  };
}

function instructions(text: string | null | undefined): RequestPart[] {
  return text ? [textPart("system", [text], { tokens: assumed(4, 4, 4) })] : [];
}

function notInBody({ previous_response_id, conversation, prompt, tools, input }: Body): NotInBody[] {
  const items = typeof input === "string" ? [] : (input ?? []);
  return reasonsOf({
    previousResponse: previous_response_id,
    conversation,
    storedPrompt: prompt,
    storedItem: items.some(({ type, role }) => type === "item_reference" || (!type && !role)),
    serverTool: tools?.some(({ type }) => !CALLER_TOOLS.has(type)),
    deferredTool: tools?.some(({ defer_loading }) => defer_loading),
  });
}
