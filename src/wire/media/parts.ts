import type { PartKind, RequestPart } from "../request.ts";
import { assumed, type TokenRange, timesOf } from "../tokenRange.ts";
import { byteLength, type Inline, textIn } from "./base64.ts";
import { imageSize } from "./imageSize.ts";
import { pdfPages } from "./pdfPages.ts";
import type { MediaRules } from "./rules.ts";
import { soundLength } from "./soundLength.ts";

/** A picture, a sound, a film or a file of a request. */
export interface Medium {
  /** Lower case; absent where the request does not tell. */
  mime?: string | undefined;
  /** Absent where only the server has the bytes: an address, an uploaded file. */
  base64?: string | undefined;
  /** The API's own word for how closely the model looks. */
  detail?: string | undefined;
}

/** Pages that a PDF has likely, when only the server has it. */
const PAGES_LIKELY = 10;
/** Seconds of sound or film that only the server has: from a word to an hour. */
const SECONDS = { low: 1, likely: 60, high: 3_600 };
/** Tokens of one byte of a document whose text the server takes out (office formats are compressed, and mostly layout). */
const PER_BYTE = { low: 0, likely: 0.05, high: 1 };
/** Tokens of a document of which nothing is known. */
const UNKNOWN_FILE = assumed(0, 5_000, 500_000);

/** The part that a medium is, by its type; of a type that is not told: a file. `more` is what else is known of the part. */
export function mediumPart(medium: Medium, rules: MediaRules, more: Partial<RequestPart> = {}): RequestPart {
  const { mime = "", base64 } = medium;
  const part = (kind: PartKind, tokens: TokenRange): RequestPart => ({ kind, texts: [], tokens, ...more });
  if (mime.startsWith("image/")) return part("image", imageTokens(medium, rules));
  if (mime.startsWith("audio/")) return part("audio", audioTokens(base64, rules));
  if (mime.startsWith("video/")) return part("video", lasting(rules.videoSecond(medium.detail), SECONDS));
  if (mime === "application/pdf") return part("file", pdfTokens(medium, rules));
  if (base64 !== undefined && isText(mime)) return { ...part("file", assumed(0, 0, 0)), texts: [textIn(base64)] };
  return part("file", base64 === undefined ? UNKNOWN_FILE : documentTokens(base64));
}

/** The part that a picture is, whatever its address: a data URL tells its size, any other is known to the server alone. */
export function picturePart(
  inline: Inline | undefined,
  detail: string | null | undefined,
  rules: MediaRules,
  more: Partial<RequestPart> = {},
): RequestPart {
  return mediumPart({ ...inline, mime: "image/", detail: detail ?? undefined }, rules, more);
}

/** What is sealed and only the server can open (encrypted reasoning and results): its size tells the order, no more. */
export function sealedTokens(sealed: string): TokenRange {
  const bytes = byteLength(sealed);
  return assumed(0, Math.ceil(bytes / 4), Math.ceil(bytes / 2));
}

function imageTokens({ base64, detail }: Medium, rules: MediaRules): TokenRange {
  return rules.image(base64 === undefined ? undefined : imageSize(base64), detail);
}

function pdfTokens({ base64, detail }: Medium, rules: MediaRules): TokenRange {
  const page = rules.pdfPage(detail);
  const pages = base64 === undefined ? undefined : pdfPages(base64);
  if (pages !== undefined) return timesOf(page, pages);
  return assumed(page.low, page.likely * PAGES_LIKELY, page.high * rules.pdfPagesMax);
}

function audioTokens(base64: string | undefined, rules: MediaRules): TokenRange {
  return lasting(rules.audioSecond, base64 === undefined ? SECONDS : soundLength(base64));
}

/** So many tokens a second; known only where the length is. */
function lasting(second: TokenRange, length: typeof SECONDS): TokenRange {
  return {
    low: Math.floor(second.low * length.low),
    likely: Math.ceil(second.likely * length.likely),
    high: Math.ceil(second.high * length.high),
    documented: second.documented && length.low === length.high,
  };
}

function documentTokens(base64: string): TokenRange {
  const bytes = byteLength(base64);
  return assumed(bytes * PER_BYTE.low, Math.ceil(bytes * PER_BYTE.likely), bytes * PER_BYTE.high);
}

/** Types whose bytes are their text. */
function isText(mime: string): boolean {
  return /^(text\/|application\/(.*\+)?(json|xml|yaml|x-yaml|javascript|typescript)$)/.test(mime);
}
