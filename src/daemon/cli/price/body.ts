import type { ModelRef } from "../../../budget/modelRef.ts";
import { formatAmount, type Nano } from "../../../budget/money.ts";
import { percent } from "../../../budget/share.ts";
import { findPrice } from "../../../prices/find.ts";
import { costOf, type PriceList } from "../../../prices/rates.ts";
import type { NotInBody, PartKind, RequestPart, WireRequest } from "../../../wire/request.ts";
import { usageOf } from "../../../wire/usage.ts";
import { columns } from "../text.ts";
import type { AskedBody, PartGroup } from "./asked.ts";
import { showFine } from "./table.ts";

/** A request's body as it was read for one model. */
export interface BodyReport {
  request: WireRequest;
  parts: PartGroup[];
  prefix?: CachedPrefix;
}

/** What a request asks its provider to keep in the prompt cache, and what that costs when it is first written, and when it is read again. */
export interface CachedPrefix {
  /** Likely tokens. */
  tokens: number;
  write: Nano;
  read: Nano;
}

/** Reads a body for a model. @throws TypeError when it is no such body */
export async function reportBody(asked: AskedBody, ref: ModelRef, list: PriceList): Promise<BodyReport> {
  const request = asked.read(ref.model);
  const parts = await asked.partsFor(ref.model);
  const prefix = await prefixOf(asked, request, ref, list);
  return { request, parts, ...(prefix && { prefix }) };
}

async function prefixOf(
  { tokensOf }: AskedBody,
  { parts }: WireRequest,
  ref: ModelRef,
  list: PriceList,
): Promise<CachedPrefix | undefined> {
  const price = findPrice(list, ref);
  const written = async (name: NonNullable<RequestPart["cacheWrite"]>) =>
    (
      await tokensOf(
        parts.filter(({ cacheWrite }) => cacheWrite === name),
        ref.model,
      )
    ).likely;
  const [cacheWrite5m, cacheWrite1h] = [await written("cacheWrite5m"), await written("cacheWrite1h")];
  const tokens = cacheWrite5m + cacheWrite1h;
  if (!price || tokens === 0) return undefined;
  return {
    tokens,
    write: costOf(usageOf({ cacheWrite5m, cacheWrite1h }), price),
    read: costOf(usageOf({ cacheRead: tokens }), price),
  };
}

/** The parts of a body in a terminal, and what is to be said of it. */
export function bodyText({ request, parts, prefix }: BodyReport): string {
  const total = parts.reduce((sum, { tokens }) => sum + tokens.likely, 0);
  const rows = parts.map(({ kind, role, count, tokens }) => [
    `${role === "assistant" && kind === "message" ? ANSWERS : NAMES[kind]}${count > 1 ? ` (${count})` : ""}`,
    `${tokens.exact ? "" : "~"}${tokens.likely.toLocaleString("en-US")}`,
    percent(total > 0 ? tokens.likely / total : 0),
  ]);
  return [
    `a request of ${request.api} for ${request.model}`,
    "",
    ...columns([["part", "tokens", "share"], ...rows], ["left", "right", "right"]),
    ...notes(request, prefix),
  ].join("\n");
}

function notes({ notInBody }: WireRequest, prefix: CachedPrefix | undefined): string[] {
  const lines = [
    ...notInBody.map((reason) => `not counted: ${NOT_COUNTED[reason]}`),
    prefix &&
      `the first ${prefix.tokens.toLocaleString("en-US")} tokens are for the prompt cache: ${showFine(prefix.write)} when written, ${showFine(prefix.read)} when read; counted below as ordinary input`,
  ].filter((line) => typeof line === "string");
  return lines.length > 0 ? ["", ...lines] : [];
}

/** The same for programs; amounts are decimal strings of USD. */
export function bodyJson({ request, parts, prefix }: BodyReport) {
  const { api, model, maxOutput, answers, serviceTier, speed, notInBody } = request;
  return {
    ...{ api, model, parts, notInBody, answers },
    ...(maxOutput !== undefined && { maxOutput }),
    ...(serviceTier && { serviceTier }),
    ...(speed && { speed }),
    ...(prefix && {
      cachedPrefix: { tokens: prefix.tokens, write: formatAmount(prefix.write), read: formatAmount(prefix.read) },
    }),
  };
}

const ANSWERS = "earlier answers";
const NAMES: Record<PartKind, string> = {
  system: "system",
  message: "messages",
  reasoning: "reasoning",
  toolCall: "tool calls",
  toolResult: "tool results",
  tools: "tools",
  schema: "schema of the answer",
  image: "pictures",
  audio: "sound",
  video: "films",
  file: "files",
  frame: "frame",
  other: "of unknown type",
};

const NOT_COUNTED: Record<NotInBody, string> = {
  previousResponse: "the conversation that this request continues",
  conversation: "the conversation that the server keeps",
  storedPrompt: "a prompt template that the server keeps",
  storedItem: "items that are referred to by their ids",
  cachedContent: "a context cache made beforehand",
  serverTool: "what the server's own tools bring in, and their calls",
  deferredTool: "tools that the model is shown only when it looks for them",
};
