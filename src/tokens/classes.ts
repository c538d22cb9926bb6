/** What a character may be in the patterns of an encoding, as bits. */
export const UPPER = 1; // Lu Lt Lm Lo M: the first part of a word
export const LOWER = 2; // Ll Lm Lo M: its second part
export const LETTER = 4;
export const NUMBER = 8;
export const SPACE = 16;
export const NEWLINE = 32;

/** Unicode's White_Space as tiktoken's engine (Rust's `regex`) has it: with U+0085 and without U+FEFF, unlike JavaScript's `\s`. */
const WHITE = /[\t-\r \x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;
/** The general categories that the patterns tell apart, most frequent first. */
const CATEGORIES: [characters: RegExp, classes: number][] = [
  [/\p{Lo}|\p{Lm}/u, LETTER | UPPER | LOWER],
  [/\p{Ll}/u, LETTER | LOWER],
  [/\p{Lu}|\p{Lt}/u, LETTER | UPPER],
  [/\p{M}/u, UPPER | LOWER],
  [/\p{N}/u, NUMBER],
];
const PAGE = 256;
const pages: (Uint8Array | undefined)[] = [];

/** The classes of U+0000 to U+007F, for those who look at bytes. */
export const ASCII = newPage(0).subarray(0, 128);

/** The classes of a code point; 0 for punctuation, symbols, controls and what is unassigned. */
export function classOf(code: number): number {
  return (pages[code >> 8] ?? newPage(code >> 8))[code & (PAGE - 1)]!;
}

function newPage(page: number): Uint8Array {
  const classes = classesOf(page);
  pages[page] = classes;
  return classes;
}

/** Classes are read from the host's Unicode tables, a page at a time, when a text first needs them. */
function classesOf(page: number): Uint8Array {
  return Uint8Array.from({ length: PAGE }, (_, i) => classify(String.fromCodePoint(page * PAGE + i)));
}

function classify(char: string): number {
  if (char === "\n" || char === "\r") return SPACE | NEWLINE;
  if (WHITE.test(char)) return SPACE;
  return CATEGORIES.find(([characters]) => characters.test(char))?.[1] ?? 0;
}
