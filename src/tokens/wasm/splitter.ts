import { after, classAt, runEnd } from "./classes";
import { END, LETTER, LOWER, NEWLINE, NUMBER, SPACE, UPPER } from "./kinds";

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const BLANK: u32 = 0x20;
const QUOTE: u32 = 0x27;
const SLASH: u32 = 0x2f;

/**
 * Encodings merge within pieces, never across. Pieces are those of OpenAI's patterns (tiktoken, `tiktoken_ext/openai_public.py`), whose
 * alternatives are tried in turn. Each function here answers where the piece that starts at `start` ends. Text is well-formed UTF-8 with
 * bytes 0xFF behind it. Time is linear in the piece and the run of characters of one kind that it is the start of.
 */

/**
 * o200k_base, where U is `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, L is `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` and C is `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`:
 * `[^\r\n\p{L}\p{N}]?U*L+C | [^\r\n\p{L}\p{N}]?U+L*C | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n/]* | \s*[\r\n]+ | \s+(?!\S) | \s+`
 */
export function o200kEnd(start: usize): usize {
  const kind = classAt(start);
  if (kind & NUMBER) return numbersEnd(start);
  if (kind & LETTER) return contractionEnd(casedWordEnd(start, true));
  if (!(kind & NEWLINE)) {
    const second = after(start);
    const isMark = (kind & UPPER) !== 0; // and as such a word of its own, which is tried before U+L* after it
    const word = casedWordEnd(second, !isMark);
    if (word > second || isMark) return contractionEnd(word);
  }
  return kind & SPACE ? spacesEnd(start, true) : symbolsEnd(start, true);
}

/** cl100k_base: `C | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+` */
export function cl100kEnd(start: usize): usize {
  const contraction = contractionEnd(start);
  if (contraction > start) return contraction;
  const kind = classAt(start);
  if (kind & NUMBER) return numbersEnd(start);
  if (kind & LETTER) return runEnd(start, LETTER);
  if (!(kind & NEWLINE)) {
    const second = after(start);
    const word = runEnd(second, LETTER);
    if (word > second) return word;
  }
  return kind & SPACE ? spacesEnd(start, false) : symbolsEnd(start, false);
}

/** gpt2, r50k and p50k: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
export function gpt2End(start: usize): usize {
  const contraction = plainContractionEnd(start);
  if (contraction > start) return contraction;
  const first = load<u8>(start) === BLANK ? start + 1 : start;
  const kind = classAt(first);
  if (kind & LETTER) return runEnd(first, LETTER);
  if (kind & NUMBER) return runEnd(first, NUMBER);
  if (!(kind & (SPACE | END))) return symbolRunEnd(first);
  const end = runEnd(start, SPACE);
  return classAt(end) & END ? end : withoutLast(start, end);
}

/** The end of `U*L+`, or if there is none and `allUpper` of `U+`; `start` if there is neither. */
function casedWordEnd(start: usize, allUpper: bool): usize {
  let at = start;
  let lastBoth = start; // U* gives back up to here, so that L+ has something: the end of the last that is U and L
  while (true) {
    const kind = classAt(at);
    if (!(kind & UPPER)) break;
    at = after(at);
    if (kind & LOWER) lastBoth = at;
  }
  const lower = runEnd(at, LOWER);
  if (lower > at) return lower;
  return lastBoth > start || !allUpper ? lastBoth : at;
}

function numbersEnd(start: usize): usize {
  let at = start;
  for (let count = 0; count < 3 && classAt(at) & NUMBER; count++) at = after(at);
  return at;
}

function symbolRunEnd(start: usize): usize {
  let at = start;
  while (!(classAt(at) & (SPACE | LETTER | NUMBER | END))) at = after(at);
  return at;
}

/** `[^\s\p{L}\p{N}]+[\r\n]*`, with `slashes` also `/` in its end. */
function symbolsEnd(start: usize, slashes: bool): usize {
  let at = symbolRunEnd(start);
  while (true) {
    const byte = <u32>load<u8>(at);
    if (byte !== LF && byte !== CR && !(slashes && byte === SLASH)) return at;
    at++;
  }
}

/** `\s*[\r\n]+ | \s+(?!\S) | \s+`, or from a space on the symbols behind it. */
function spacesEnd(start: usize, slashes: bool): usize {
  let at = start;
  let newline = start; // the end of the last line end
  let kind = classAt(at);
  while (kind & SPACE) {
    at = after(at);
    if (kind & NEWLINE) newline = at;
    kind = classAt(at);
  }
  if (newline > start) return newline;
  if (kind & END) return at;
  if (at === start + 1 && load<u8>(start) === BLANK && !(kind & (LETTER | NUMBER))) return symbolsEnd(at, slashes);
  return withoutLast(start, at);
}

/** The end of white space whose last character goes with what follows; all of it if it is one. */
function withoutLast(start: usize, end: usize): usize {
  let last = end - 1;
  while ((load<u8>(last) & 0xc0) === 0x80) last--;
  return last > start ? last : end;
}

/** The end of `'s`, `'t`, `'re` … in either case at `start`; `start` if there is none. Long s (U+017F) folds to s. */
export function contractionEnd(start: usize): usize {
  if (load<u8>(start) !== QUOTE) return start;
  const first = load<u8>(start, 1);
  const second = load<u8>(start, 2);
  if (first === 0xc5 && second === 0xbf) return start + 3;
  return suffixEnd(start, first | 0x20, second | 0x20); // no byte but a letter becomes one by that
}

/** The same in lower case only. */
export function plainContractionEnd(start: usize): usize {
  return load<u8>(start) === QUOTE ? suffixEnd(start, load<u8>(start, 1), load<u8>(start, 2)) : start;
}

function suffixEnd(start: usize, first: u8, second: u8): usize {
  if (first === 0x73 || first === 0x74 || first === 0x6d || first === 0x64) return start + 2; // s t m d
  if (second === 0x65 && (first === 0x72 || first === 0x76)) return start + 3; // re ve
  return first === 0x6c && second === 0x6c ? start + 3 : start; // ll
}
