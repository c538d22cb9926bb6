import type { EncodingName } from "./encoding.ts";

/**
 * The pieces that an encoding merges within, never across. The patterns are OpenAI's (tiktoken, `tiktoken_ext/openai_public.py`),
 * written so that JavaScript reads them as tiktoken's engine (Rust's `regex`) does:
 * - `\s` is Unicode's White_Space (JavaScript lacks U+0085 and adds U+FEFF);
 * - `(?i:'s)` folds U+017F too (long s).
 * A lone surrogate is in no class of letters, numbers or space, like the U+FFFD that it is encoded as.
 */
const SPACE = "\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";
const CONTRACTION = "'(?:[sS\\u017F]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
const TAIL = (newlines: string) =>
  `\\p{N}{1,3}| ?[^${SPACE}\\p{L}\\p{N}]+[${newlines}]*|[${SPACE}]*[\\r\\n]+|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`;
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const PREFIX = "[^\\r\\n\\p{L}\\p{N}]?";

const PATTERNS: Record<EncodingName, string> = {
  o200k_base: `${PREFIX}${UPPER}*${LOWER}+(?:${CONTRACTION})?|${PREFIX}${UPPER}+${LOWER}*(?:${CONTRACTION})?|${TAIL("\\r\\n/")}`,
  cl100k_base: `${CONTRACTION}|${PREFIX}\\p{L}+|${TAIL("\\r\\n")}`,
};

/** A matcher of one piece at its `lastIndex`. */
export function pieceMatcher(encoding: EncodingName): RegExp {
  return new RegExp(PATTERNS[encoding], "uy");
}

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const SLASH = 47;

/**
 * Whether no piece of any of these encodings can cross between `text[at - 1]` and `text[at]`, whatever stands around them, so that
 * `count(a + b) = count(a) + count(b)` there:
 * - a visible ASCII character before a blank or a tab (no pattern continues into white space but with line ends), and
 * - a line end before a visible ASCII character other than "/" (which o200k_base's punctuation takes along with line ends).
 */
export function isSafeBoundary(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  if (after === BLANK || after === TAB) return before > BLANK && before < 0x7f;
  if (before === NEWLINE || before === RETURN) return after > BLANK && after < 0x7f && after !== SLASH;
  return false;
}

/** The first safe boundary at or after `from` (at least 1), or the text's end. */
export function nextBoundary(text: string, from: number): number {
  for (let at = Math.max(1, from); at < text.length; at++) if (isSafeBoundary(text, at)) return at;
  return text.length;
}
