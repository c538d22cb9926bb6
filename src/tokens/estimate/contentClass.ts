/**
 * What a text is made of, as far as tokenizers differ over it:
 * - `prose`: words in Latin letters as they stand in a sentence, and their stops;
 * - `code`: names and other marks;
 * - `data`: numbers, and runs that mix letters with digits (hashes, ids, base64): some tokenizers take three digits at a time, others one;
 * - `cjk`: Chinese, Japanese and Korean;
 * - `other`: letters of every other script;
 * - `layout`: line ends, and runs of blanks.
 * Every text is a mixture: a program is names, marks, words and layout, JSON in a request is names, marks and numbers.
 */
export const CONTENT_CLASSES = ["prose", "code", "data", "cjk", "other", "layout"] as const;
export type ContentClass = (typeof CONTENT_CLASSES)[number];

/** By class, the share of a text's tokens that are of it: each in 0..1, together 1. */
export type Shares = Record<ContentClass, number>;

/** A text of which parts can be read: a string, or a document that is too long to be copied. `slice` as a string's. */
export interface Sliceable {
  readonly length: number;
  slice(start: number, end: number): string;
}

/** At most so many characters are looked at, of all texts together, in so many slices: under 0.2 ms whatever the length. */
const SAMPLE = 1 << 14;
const SLICES = 32;

/** The shares of several texts together, estimated from slices spread evenly over them. The same for the same texts; all prose for no text. */
export function contentShares(texts: readonly Sliceable[]): Shares {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const tally = new Float64Array(CONTENT_CLASSES.length);
  const slices = length <= SAMPLE ? 1 : SLICES;
  const size = Math.min(length, SAMPLE) / slices;
  for (let slice = 0; slice < slices; slice++) {
    const start = slices === 1 ? 0 : Math.floor((slice * (length - size)) / (slices - 1));
    for (const part of partsOf(texts, start, start + size)) add(part, tally);
  }
  const total = tally.reduce((sum, tokens) => sum + tokens, 0);
  const share = (at: number) => (total > 0 ? tally[at]! / total : Number(at === PROSE));
  return {
    prose: share(PROSE),
    code: share(CODE),
    data: share(DATA),
    cjk: share(CJK),
    other: share(OTHER),
    layout: share(LAYOUT),
  };
}

/** The characters `[start, end)` of all texts one after another, each text's on their own. */
function* partsOf(texts: readonly Sliceable[], start: number, end: number): Generator<string> {
  let offset = 0;
  for (const text of texts) {
    if (offset >= end) return;
    const next = offset + text.length;
    if (next > start) yield text.slice(Math.max(0, start - offset), Math.min(text.length, end - offset));
    offset = next;
  }
}

/**
 * Tokens of o200k_base, about: fitted by least squares to its counts of 1,200 pieces of prose, code and data in a dozen languages.
 * They only weigh the classes against one another, so a tenth more or less does not matter.
 */
const WORD = { each: 0.3, letter: 0.17 };
const NAME = { each: 0.8, letter: 0.1 };
const MARKS = 0.8; // a run of punctuation marks and symbols
const INDENT = 0.8; // a run of blanks; a single one belongs to the word behind it
const LINE_END = 0.5;
const DIGITS_OF_TOKEN = 3;
const HASH_LETTER = 0.7;
const CJK_LETTER = 0.8;
const OTHER_LETTER = 0.34;

/** From so many letters and digits in one run, so many of them digits, it is no name with a number in it. */
const HASH = { length: 6, digits: 2 };

/** Where a class stands in a tally; `CJK` and `OTHER` are kinds of characters too. */
const [PROSE, CODE, DATA, CJK, OTHER, LAYOUT] = [0, 1, 2, 3, 4, 5];
/** The other kinds of characters. */
const [MARK, BLANK, LINE, DIGIT, LATIN] = [6, 7, 8, 9, 10];

const ASCII = Uint8Array.from({ length: 0x80 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z]/i.test(character)) return LATIN;
  if (/\d/.test(character)) return DIGIT;
  if (/[\r\n]/.test(character)) return LINE;
  return code <= 0x20 ? BLANK : MARK;
});
const flagsOf = (characters: string) =>
  Uint8Array.from({ length: 0x80 }, (_, code) => Number(characters.includes(String.fromCharCode(code))));
/** What stands before a word, behind a word, and alone behind a word in a sentence. */
const BEFORE = flagsOf(" \t\r\n(");
const BEHIND = flagsOf(" \t\r\n),.;:!?'");
const STOP = flagsOf(",.;:!?");

/** Adds what `text` is made of to `tally`, in tokens. */
function add(text: string, tally: Float64Array): void {
  let last = PROSE; // what stops go with
  for (let start = 0; start < text.length; ) {
    const kind = kindAt(text, start);
    let end = start + 1;
    if (kind === LATIN || kind === DIGIT) {
      let digits = Number(kind === DIGIT);
      for (let next = kindAt(text, end); next === LATIN || next === DIGIT; next = kindAt(text, ++end))
        digits += Number(next === DIGIT);
      last = addWord(text, start, end, digits, tally);
    } else if (kind === CJK || kind === OTHER) {
      tally[kind]! += kind === CJK ? CJK_LETTER : OTHER_LETTER;
      last = kind;
    } else {
      while (kindAt(text, end) === kind) end++;
      if (kind === LINE) tally[LAYOUT]! += LINE_END;
      else if (kind === BLANK) tally[LAYOUT]! += end - start > 1 ? INDENT : 0;
      else {
        if (!isStop(text, start, end)) last = CODE;
        tally[last]! += MARKS;
      }
    }
    start = end;
  }
}

/** Adds a run of letters and digits, and returns its class. */
function addWord(text: string, start: number, end: number, digits: number, tally: Float64Array): number {
  const length = end - start;
  if (digits === length) tally[DATA]! += Math.ceil(length / DIGITS_OF_TOKEN);
  else if (length >= HASH.length && digits >= HASH.digits) tally[DATA]! += length * HASH_LETTER;
  else if (has(BEFORE, text, start - 1) && has(BEHIND, text, end) && !isShouted(text, start, end)) {
    tally[PROSE]! += WORD.each + WORD.letter * length;
    return PROSE;
  } else {
    tally[CODE]! += NAME.each + NAME.letter * length;
    return CODE;
  }
  return DATA;
}

/** Words in capitals are split up as names are. */
function isShouted(text: string, start: number, end: number): boolean {
  return end - start > 2 && text.charCodeAt(start + 1) < 0x61;
}

/** A single mark as it stands behind a word in a sentence. */
function isStop(text: string, start: number, end: number): boolean {
  return end - start === 1 && has(STOP, text, start) && has(BEFORE, text, end);
}

/** Whether the character at `at` is in the set; beyond the text's ends, as a blank would be. */
function has(set: Uint8Array, text: string, at: number): boolean {
  return set[at < 0 || at >= text.length ? 0x20 : text.charCodeAt(at)] === 1;
}

/** The kind of the character at `at`; -1 at the text's end. */
function kindAt(text: string, at: number): number {
  if (at >= text.length) return -1;
  const code = text.charCodeAt(at);
  if (code < 0x80) return ASCII[code]!;
  if (code < 0xc0) return MARK;
  if (code < 0x250) return LATIN;
  if (code < 0x2000) return code >= 0x1e00 && code < 0x1f00 ? LATIN : OTHER; // 1E00: Latin with marks, as in Vietnamese
  if (code < 0x2e80) return MARK;
  if (code < 0xa000) return CJK;
  if (code < 0xac00) return OTHER;
  if (code < 0xd800) return CJK; // Hangul
  return code >= 0xf900 && (code < 0xfb00 || code >= 0xff00) ? CJK : MARK; // full-width forms; surrogates are mostly emoji
}
