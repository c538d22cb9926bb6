import { ASCII, classOf, LETTER, LOWER, NEWLINE, NUMBER, SPACE, UPPER } from "./classes.ts";
import type { EncodingName } from "./encoding.ts";

const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const QUOTE = 0x27;
const SLASH = 0x2f;
const [D, E, L, M, R, S, T, V] = [0x64, 0x65, 0x6c, 0x6d, 0x72, 0x73, 0x74, 0x76];

/**
 * The end of the piece that starts at `start` (< `end`) of UTF-8 `bytes[0, end)`. Encodings merge within pieces, never across. `bytes` must be
 * well-formed and longer than `end`. Time is linear in the piece and the run of characters of one kind that it is the start of.
 *
 * Pieces are those of OpenAI's patterns (tiktoken, `tiktoken_ext/openai_public.py`), whose alternatives are tried in turn:
 *
 * o200k_base, where U is `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, L is `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` and C is `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`:
 * `[^\r\n\p{L}\p{N}]?U*L+C | [^\r\n\p{L}\p{N}]?U+L*C | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n/]* | \s*[\r\n]+ | \s+(?!\S) | \s+`
 *
 * cl100k_base: `C | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+`
 */
export type Splitter = (bytes: Uint8Array, start: number, end: number) => number;

export const SPLITTERS: Record<EncodingName, Splitter> = { o200k_base: splitO200k, cl100k_base: splitCl100k };

function splitO200k(bytes: Uint8Array, start: number, end: number): number {
  const kind = classAt(bytes, start);
  if (kind & NUMBER) return numbersEnd(bytes, start, end);
  if (kind & LETTER) return contractionEnd(bytes, wordEnd(bytes, start, end, true), end);
  if (!(kind & NEWLINE)) {
    const second = after(bytes, start);
    const isMark = (kind & UPPER) !== 0; // and as such a word of its own, which is tried before U+L* after it
    const word = wordEnd(bytes, second, end, !isMark);
    if (word > second || isMark) return contractionEnd(bytes, word, end);
  }
  return kind & SPACE ? spacesEnd(bytes, start, end, true) : symbolsEnd(bytes, start, end, true);
}

function splitCl100k(bytes: Uint8Array, start: number, end: number): number {
  const contraction = contractionEnd(bytes, start, end);
  if (contraction > start) return contraction;
  const kind = classAt(bytes, start);
  if (kind & NUMBER) return numbersEnd(bytes, start, end);
  if (kind & LETTER) return runEnd(bytes, start, end, LETTER);
  if (!(kind & NEWLINE)) {
    const second = after(bytes, start);
    const word = runEnd(bytes, second, end, LETTER);
    if (word > second) return word;
  }
  return kind & SPACE ? spacesEnd(bytes, start, end, false) : symbolsEnd(bytes, start, end, false);
}

/** The end of `U*L+`, or if there is none and `allUpper` of `U+`; `start` if there is neither. */
function wordEnd(bytes: Uint8Array, start: number, end: number, allUpper: boolean): number {
  let at = start;
  let lastBoth = start; // U* gives back up to here, so that L+ has something: the end of the last that is U and L
  while (at < end) {
    const kind = classAt(bytes, at);
    if (!(kind & UPPER)) break;
    at = after(bytes, at);
    if (kind & LOWER) lastBoth = at;
  }
  const lower = runEnd(bytes, at, end, LOWER);
  if (lower > at) return lower;
  return lastBoth > start || !allUpper ? lastBoth : at;
}

function numbersEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let count = 0; count < 3 && at < end && classAt(bytes, at) & NUMBER; count++) at = after(bytes, at);
  return at;
}

/** ` ?[^\s\p{L}\p{N}]+[\r\n/]*`, or with a space that nothing such follows, `spacesEnd`. */
function symbolsEnd(bytes: Uint8Array, start: number, end: number, slashes: boolean): number {
  let at = start;
  while (at < end && !(classAt(bytes, at) & (SPACE | LETTER | NUMBER))) at = after(bytes, at);
  while (at < end && (bytes[at] === LF || bytes[at] === CR || (slashes && bytes[at] === SLASH))) at++;
  return at;
}

/** `\s*[\r\n]+ | \s+(?!\S) | \s+`, unless it is one space before symbols. */
function spacesEnd(bytes: Uint8Array, start: number, end: number, slashes: boolean): number {
  let at = start;
  let last = start;
  let newline = start; // the end of the last line end
  while (at < end) {
    const kind = classAt(bytes, at);
    if (!(kind & SPACE)) break;
    last = at;
    at = after(bytes, at);
    if (kind & NEWLINE) newline = at;
  }
  if (newline > start) return newline;
  if (at === end) return at;
  if (last > start) return last; // the last goes with what follows
  if (bytes[start] === BLANK && !(classAt(bytes, at) & (LETTER | NUMBER))) return symbolsEnd(bytes, at, end, slashes);
  return at;
}

/** The end of the contraction (`'s`, `'t`, `'re` …) at `start`; `start` if there is none. Long s (U+017F) folds to s. */
function contractionEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== QUOTE || start + 1 >= end) return start;
  const first = bytes[start + 1]! | 0x20;
  if (first === S || first === T || first === M || first === D) return start + 2;
  if (start + 2 >= end) return start;
  const second = bytes[start + 2]!;
  if (bytes[start + 1] === 0xc5 && second === 0xbf) return start + 3;
  const folded = second | 0x20;
  return ((first === R || first === V) && folded === E) || (first === L && folded === L) ? start + 3 : start;
}

function runEnd(bytes: Uint8Array, start: number, end: number, kind: number): number {
  let at = start;
  while (at < end && classAt(bytes, at) & kind) at = after(bytes, at);
  return at;
}

function classAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  return byte < 0x80 ? ASCII[byte]! : classOf(codeAt(bytes, at, byte));
}

function codeAt(bytes: Uint8Array, at: number, lead: number): number {
  const second = bytes[at + 1]! & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = bytes[at + 2]! & 0x3f;
  if (lead < 0xf0) return ((lead & 0xf) << 12) | (second << 6) | third;
  return ((lead & 7) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f);
}

/** Where the character after that at `at` starts. */
function after(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  return at + (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4);
}
