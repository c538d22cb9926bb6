import { inputOf, partOf } from "../../budget/estimate/estimate.ts";
import type { Capability } from "../../prices/rates.ts";
import type { EncodingName } from "../../tokens/encoding.ts";
import type { Counted } from "../../tokens/estimate/belief.ts";
import type { Calibration } from "../../tokens/estimate/calibration.ts";
import { CONTENT_CLASSES, type Shares } from "../../tokens/estimate/contentClass.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import type { ImageSize } from "../../wire/media/imageSize.ts";
import { mediaRules } from "../../wire/media/rulesOf.ts";
import { readChatRequest } from "../../wire/openai/chatRequest.ts";
import { countable } from "../../wire/request.ts";
import { exactly, sumOf, type TokenRange } from "../../wire/tokenRange.ts";
import { encodingOf } from "../counting/counter.ts";
import type { Refusal } from "../promptFiles/place.ts";

/**
 * What a part of a prompt is: the text; instructions that assistants add to every request; a file that the prompt refers to; a file or a
 * picture that the person attached; the tools of the editor's own agent.
 */
export type PreviewPartKind = "text" | "instructions" | "reference" | "file" | "tools";

/** What is known of a part's content. */
export type PartContent =
  | { state: "counting" }
  /** Not counted, and why. */
  | { state: "refused"; refusal: Refusal }
  /** A text: its tokens in the encodings in which it was counted so far, what it is made of, and what stands around it where that is not nothing. */
  | { state: "text"; tokens: ReadonlyMap<EncodingName, number>; shares: Shares; around?: TokenRange }
  /** A picture; without its size where its bytes do not tell. */
  | { state: "picture"; size?: ImageSize | undefined };

/** A part of what would be sent. */
export interface PreviewPart {
  id: string;
  kind: PreviewPartKind;
  name: string;
  /** Whether it is counted and sent. */
  isIncluded: boolean;
  content: PartContent;
}

/** One request of one message, as Chat Completions frames it: what the guard holds for it too. */
const FRAME = countable(readChatRequest({ model: "any", messages: [{ role: "user", content: "" }] }).parts).tokens;

const NOTHING: Shares = { prose: 1, code: 0, data: 0, cjk: 0, other: 0, layout: 0 };

/** The parts that make up the request and of which something is known. */
export function includedOf(parts: readonly PreviewPart[]): PreviewPart[] {
  return parts.filter(({ isIncluded, content }) => isIncluded && (content.state === "text" || content.state === "picture"));
}

/** The input of a request of the parts that are included, at a model. */
export function inputOfParts(parts: readonly PreviewPart[], model: string, calibration?: Calibration): TokenEstimate {
  const included = includedOf(parts);
  const counted = together(included.map(({ content }) => countedOf(content, model)));
  const tokens = sumOf([FRAME, ...included.map(({ content }) => fixedOf(content, model))]);
  return inputOf(counted, tokens, model, calibration);
}

/** The tokens of one part at a model; undefined where they are not known (yet). */
export function tokensOfPart({ content }: PreviewPart, model: string, calibration?: Calibration): TokenEstimate | undefined {
  if (content.state !== "text" && content.state !== "picture") return undefined;
  return partOf(countedOf(content, model), fixedOf(content, model), model, calibration);
}

/** What a model must be able to do for the request: to see, where a picture is in it. Tools are only counted. */
export function needsOfParts(parts: readonly PreviewPart[]): Capability[] {
  return includedOf(parts).some(({ content }) => content.state === "picture") ? ["vision"] : [];
}

function countedOf(content: PartContent, model: string): Counted {
  if (content.state !== "text") return { tokens: 0, shares: NOTHING };
  return { tokens: content.tokens.get(encodingOf(model)) ?? 0, shares: content.shares };
}

function fixedOf(content: PartContent, model: string): TokenRange {
  if (content.state === "picture") return mediaRules(model, "openai").image(content.size);
  return (content.state === "text" && content.around) || exactly(0);
}

/** Several texts as one: what they are made of, weighted by their tokens. */
export function together(texts: readonly Counted[]): Counted {
  const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
  if (tokens === 0) return { tokens: 0, shares: NOTHING };
  const shares = { ...NOTHING };
  for (const name of CONTENT_CLASSES)
    shares[name] = texts.reduce((sum, text) => sum + text.tokens * text.shares[name], 0) / tokens;
  return { tokens, shares };
}
