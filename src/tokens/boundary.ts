import { type EncodingName, VOCABULARIES } from "./encoding.ts";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const QUOTE = 0x27;
const SLASH = 0x2f;

/**
 * Whether no piece of `encoding` crosses between `text[at - 1]` and `text[at]`, whatever stands around them, so that
 * `count(a + b) = count(a) + count(b)` there. Not all such places, but enough of them in all but unbroken runs of letters or symbols:
 * - what is visible, before a blank or a tab: no pattern goes on into white space but with line ends;
 * - a line end, before what is visible but for "/", which o200k_base takes along with line ends. In gpt2's pattern it is the other way
 *   round: there the last white space goes with what follows, but nothing takes a line end along;
 * - a digit, before ASCII of another kind, and the other way round: numbers are pieces of their own;
 * - a letter, before a line end or ASCII or CJK punctuation: only marks and contractions (hence not "'") belong to the word before.
 */
export function isSafeBoundary(encoding: EncodingName, text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  const takesLineEnds = VOCABULARIES[encoding].pattern !== 2;
  if (after === BLANK || after === TAB) return isVisible(before);
  if (isLineEnd(before)) return takesLineEnds && isVisible(after) && after !== SLASH;
  if (isLineEnd(after) && !takesLineEnds) return isVisible(before);
  if (isDigit(before)) return isAscii(after) && !isDigit(after);
  if (isDigit(after)) return isVisible(before) && isAscii(before);
  return isLetter(before) && endsWord(after);
}

/** The first safe boundary at or after `from` (at least 1), or the text's end. */
export function nextBoundary(encoding: EncodingName, text: string, from: number): number {
  for (let at = Math.max(1, from); at < text.length; at++) if (isSafeBoundary(encoding, text, at)) return at;
  return text.length;
}

/** Surely no white space, in any reading of that. */
function isVisible(code: number): boolean {
  return code > BLANK && (code < 0x7f || (code > 0xa0 && code < 0x1680) || code > 0x3000);
}

function isAscii(code: number): boolean {
  return code < 0x80;
}

function isLineEnd(code: number): boolean {
  return code === LF || code === CR;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** An ASCII letter, or one of Chinese, Japanese and Korean. */
function isLetter(code: number): boolean {
  if (code < 0x80) return isAsciiLetter(code);
  return (
    (code >= 0x3041 && code <= 0x3096) || // Hiragana
    (code >= 0x30a1 && code <= 0x30fa) || // Katakana
    (code >= 0x4e00 && code <= 0x9fff) || // Han
    (code >= 0xac00 && code <= 0xd7a3) // Hangul
  );
}

function isAsciiLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** A line end, ASCII punctuation but "'", or one of "、", "。" and "，". */
function endsWord(code: number): boolean {
  if (code < 0x80) return code !== QUOTE && (code > BLANK || isLineEnd(code)) && !isAsciiLetter(code);
  return code === 0x3001 || code === 0x3002 || code === 0xff0c;
}
