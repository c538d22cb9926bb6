import { exactly, sumOf, type TokenRange } from "./tokenRange.ts";

/** The APIs that are read, by name. */
export const API_NAMES = ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate-content"] as const;
export type ApiName = (typeof API_NAMES)[number];

/** What a part of a prompt is. `frame`: what the API itself adds around everything. `other`: of a type that we do not know. */
export const PART_KINDS = [
  "system",
  "message",
  "reasoning",
  "toolCall",
  "toolResult",
  "tools",
  "schema",
  "image",
  "audio",
  "video",
  "file",
  "frame",
  "other",
] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** A piece of a prompt: what in it a tokenizer must count, and what it costs besides. Its tokens are the counts of `texts` plus `tokens`. */
export interface RequestPart {
  kind: PartKind;
  /** Who speaks; absent for tools, schemas and frames. */
  role?: "user" | "assistant";
  /** Count each on its own, and add them up. */
  texts: string[];
  /** Tokens besides the texts. */
  tokens: TokenRange;
  /**
   * It stands at or before a breakpoint of the prompt cache: the class of usage its tokens fall into when the prefix is
   * written. (Read from the cache, they are `cacheRead`.)
   */
  cacheWrite?: "cacheWrite5m" | "cacheWrite1h";
}

/** Why a request's input may be larger than its body: what the server holds, or brings in on its own. */
export const NOT_IN_BODY = [
  /** A former response goes on (`previous_response_id`, a thread). */
  "previousResponse",
  /** A conversation that the server keeps. */
  "conversation",
  /** A prompt template that the server keeps. */
  "storedPrompt",
  /** An item or a sound that is referred to by its id. */
  "storedItem",
  /** A context cache made beforehand. */
  "cachedContent",
  /** The server's own tools (search, fetch, remote tools): what they bring is input, and they may be billed by the call. */
  "serverTool",
  /** Tools that the model is shown only when it looks for them. */
  "deferredTool",
] as const;
export type NotInBody = (typeof NOT_IN_BODY)[number];

/** A request of any API, as far as counting and pricing need it. It holds the prompt's texts: keep it no longer than that takes. */
export interface WireRequest {
  api: ApiName;
  model: string;
  stream: boolean;
  /** Most output tokens asked for, for each answer. Absent: the model's own end. */
  maxOutput?: number;
  /** How many answers are asked for; each may be as long as `maxOutput`. */
  answers: number;
  /** As the API names it (`flex`, `priority`, …); absent: the account's default. */
  serviceTier?: string;
  /** Anthropic's `fast` mode, which has prices of its own. */
  speed?: string;
  /** In the order in which the model reads them. */
  parts: RequestPart[];
  /** Each reason once. */
  notInBody: NotInBody[];
}

/** What stands in the URL and not in the body: Gemini's model and whether it streams; the model of some gateways. */
export interface RequestHint {
  model?: string;
  stream?: boolean;
}

/** All that must be counted to know what a request's input is. */
export interface Countable {
  /** Count each on its own, and add them up. */
  texts: string[];
  tokens: TokenRange;
}

/** The texts and the fixed tokens of some parts. */
export function countable(parts: readonly RequestPart[]): Countable {
  return { texts: parts.flatMap(({ texts }) => texts), tokens: sumOf(parts.map(({ tokens }) => tokens)) };
}

/** The kinds of parts that a model reads word for word, as they are counted. */
const VERBATIM: ReadonlySet<PartKind> = new Set(["system", "message", "frame"]);

/**
 * Whether the texts are the whole input: nothing that only the provider can count (pictures, sound, files), nothing whose wording only the
 * provider knows (tools, schemas, thoughts), nothing that is not in the body.
 */
export function isTextAlone({ parts, notInBody }: Pick<WireRequest, "parts" | "notInBody">): boolean {
  return notInBody.length === 0 && parts.every(({ kind }) => VERBATIM.has(kind));
}

/** A part of texts alone. Empty texts are left out. */
export function textPart(
  kind: PartKind,
  texts: readonly (string | null | undefined)[],
  more: Partial<RequestPart> = {},
): RequestPart {
  return { kind, texts: texts.flatMap((text) => (text ? [text] : [])), tokens: exactly(0), ...more };
}

/** The parts of one message with the tokens of its frame on the first; a message of nothing is a part with its frame alone. */
export function framed<P extends RequestPart>(parts: readonly P[], frame: TokenRange, empty: P): P[] {
  const [first = empty, ...rest] = parts;
  return [{ ...first, tokens: sumOf([first.tokens, frame]) }, ...rest];
}

/** The reasons for which something (whatever is truthy) was found. */
export function reasonsOf(found: Partial<Record<NotInBody, unknown>>): NotInBody[] {
  return NOT_IN_BODY.filter((reason) => found[reason]);
}
