import * as z from "zod/mini";
import { mediumPart } from "../media/parts.ts";
import type { MediaRules } from "../media/rules.ts";
import { mediaRules } from "../media/rulesOf.ts";
import { Count, modelOf, parsed, Text } from "../parse.ts";
import { type PartKind, type RequestHint, type RequestPart, reasonsOf, textPart, type WireRequest } from "../request.ts";
import { assumed } from "../tokenRange.ts";
import { camelCased } from "./camel.ts";

/**
 * Requests of Gemini's generateContent and streamGenerateContent (npm `@google/genai` 2.32, `GenerateContentParameters` and `Part`). The
 * model, and whether it streams, stand in the URL. Frames around messages have not been seen to cost anything.
 */

/** How the API words a tool or a schema for the model is not published. */
const WORDING = assumed(0, 0, 60);

const Blob = z.object({ data: Text, mimeType: Text });

const Part = z.looseObject({
  text: Text,
  thought: z.nullish(z.boolean()),
  inlineData: z.nullish(Blob),
  fileData: z.nullish(z.object({ mimeType: Text })),
  mediaResolution: z.nullish(z.union([z.string(), z.object({ level: Text })])),
  functionCall: z.nullish(z.looseObject({ name: Text, args: z.nullish(z.unknown()) })),
  functionResponse: z.nullish(
    z.looseObject({
      name: Text,
      response: z.nullish(z.unknown()),
      parts: z.nullish(z.array(z.looseObject({ inlineData: z.nullish(Blob) }))),
    }),
  ),
  executableCode: z.nullish(z.object({ code: Text })),
  codeExecutionResult: z.nullish(z.object({ output: Text })),
  toolCall: z.nullish(z.unknown()),
  toolResponse: z.nullish(z.unknown()),
});
type Part = z.infer<typeof Part>;

const Content = z.object({ role: Text, parts: z.nullish(z.array(Part)) });
type Content = z.infer<typeof Content>;

const Tool = z.looseObject({ functionDeclarations: z.nullish(z.array(z.looseObject({ name: Text }))) });

const Body = z.object({
  model: Text,
  contents: z.array(Content),
  systemInstruction: z.nullish(z.union([z.string(), Content])),
  tools: z.nullish(z.array(Tool)),
  cachedContent: Text,
  serviceTier: Text,
  generationConfig: z.nullish(
    z.object({
      maxOutputTokens: Count,
      candidateCount: Count,
      mediaResolution: Text,
      responseSchema: z.nullish(z.unknown()),
      responseJsonSchema: z.nullish(z.unknown()),
    }),
  ),
});

/** Reads a request of generateContent; `hint` has what its URL says. @throws TypeError when it is no such body */
export function readGeminiRequest(body: unknown, hint?: RequestHint): WireRequest {
  const read = parsed(Body, camelCased(body), "a request of generateContent");
  const model = modelOf(read.model, hint).replace(/^models\//, "");
  const config = read.generationConfig ?? {};
  const rules = mediaRules(model, "gemini");
  const part = (one: Part, speaker: Speaker) => contentParts(one, speaker, rules, config.mediaResolution ?? undefined);
  const system =
    typeof read.systemInstruction === "string" ? [{ text: read.systemInstruction }] : (read.systemInstruction?.parts ?? []);
  const schema = config.responseJsonSchema ?? config.responseSchema;
  return {
    api: "gemini-generate-content",
    model,
    stream: hint?.stream ?? false,
    ...(config.maxOutputTokens && { maxOutput: config.maxOutputTokens }),
    answers: config.candidateCount || 1,
    ...(read.serviceTier && { serviceTier: read.serviceTier }),
    parts: [
      ...system.flatMap((one) => part(one, { kind: "system" })),
      ...declarations(read.tools).map((tool) => textPart("tools", [JSON.stringify(tool)], { tokens: WORDING })),
      ...read.contents.flatMap((content) => (content.parts ?? []).flatMap((one) => part(one, speakerOf(content)))),
      ...(schema ? [textPart("schema", [JSON.stringify(schema)], { tokens: WORDING })] : []),
    ],
    notInBody: reasonsOf({ cachedContent: read.cachedContent, serverTool: hasServerTool(read.tools) }),
  };
}

type Tools = z.infer<typeof Body>["tools"];
interface Speaker {
  kind: PartKind;
  role?: "user" | "assistant";
}

function speakerOf({ role }: Content): Speaker {
  return { kind: "message", role: role === "model" ? "assistant" : "user" };
}

function declarations(tools: Tools): object[] {
  return (tools ?? []).flatMap(({ functionDeclarations }) => functionDeclarations ?? []);
}

/** Every tool but functions (search, maps, code, addresses) runs at the server. */
function hasServerTool(tools: Tools): boolean {
  return (tools ?? []).some((tool) =>
    Object.entries(tool).some(([name, value]) => name !== "functionDeclarations" && value !== undefined),
  );
}

function contentParts(part: Part, { kind, ...more }: Speaker, rules: MediaRules, resolution: string | undefined): RequestPart[] {
  const { text, thought, inlineData, fileData, functionCall, functionResponse, executableCode, codeExecutionResult } = part;
  const detail = levelOf(part) ?? resolution;
  if (typeof text === "string") return [textPart(thought ? "reasoning" : kind, [text], more)];
  if (inlineData) return [mediumPart({ ...mediumOf(inlineData), detail }, rules, more)];
  if (fileData) return [mediumPart({ mime: fileData.mimeType?.toLowerCase(), detail }, rules, more)];
  if (functionCall) return [textPart("toolCall", [functionCall.name, JSON.stringify(functionCall.args ?? {})], more)];
  if (functionResponse) {
    const { name, response, parts } = functionResponse;
    const media = (parts ?? []).flatMap(({ inlineData }) =>
      inlineData ? [mediumPart({ ...mediumOf(inlineData), detail }, rules, more)] : [],
    );
    return [textPart("toolResult", [name, JSON.stringify(response ?? {})], more), ...media];
  }
  if (executableCode) return [textPart("toolCall", [executableCode.code], more)];
  if (codeExecutionResult) return [textPart("toolResult", [codeExecutionResult.output], more)];
  if (part.toolCall) return [textPart("toolCall", [JSON.stringify(part.toolCall)], more)];
  if (part.toolResponse) return [textPart("toolResult", [JSON.stringify(part.toolResponse)], more)];
  return [textPart("other", [JSON.stringify(part)], more)];
}

function mediumOf({ data, mimeType }: z.infer<typeof Blob>): { mime: string; base64: string } {
  return { mime: (mimeType ?? "").toLowerCase().split(";")[0]!, base64: data ?? "" };
}

function levelOf({ mediaResolution }: Part): string | undefined {
  return (typeof mediaResolution === "string" ? mediaResolution : mediaResolution?.level) ?? undefined;
}
