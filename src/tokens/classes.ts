import { RUNS } from "./unicode.ts";

/** What a character may be in the patterns of an encoding, as bits. */
export const UPPER = 1; // Lu Lt Lm Lo M: the first part of a word
export const LOWER = 2; // Ll Lm Lo M: its second part
export const LETTER = 4;
export const NUMBER = 8;
export const SPACE = 16;
export const NEWLINE = 32;

/** The classes of what `scripts/unicode.ts` tells apart. */
const CLASSES: Record<string, number> = {
  O: LETTER | UPPER | LOWER, // Lo Lm
  L: LETTER | LOWER, // Ll
  U: LETTER | UPPER, // Lu Lt
  M: UPPER | LOWER,
  N: NUMBER,
  S: SPACE, // White_Space
  R: SPACE | NEWLINE, // CR LF
  ".": 0, // punctuation, symbols, controls, unassigned
};
const PAGE = 256;
const pages = readPages();

/** The classes of U+0000 to U+007F, for those who look at bytes. */
export const ASCII = pages[0]!.subarray(0, 128);

/** The classes of a code point; 0 for punctuation, symbols, controls and what is unassigned. */
export function classOf(code: number): number {
  return pages[code >> 8]![code & (PAGE - 1)]!;
}

/** The table as pages of 256 code points; those that are all alike (most of the planes) share one. */
function readPages(): Uint8Array[] {
  const read: Uint8Array[] = [];
  const uniform = new Map<number, Uint8Array>();
  const uniformOf = (classes: number) => {
    const page = uniform.get(classes) ?? new Uint8Array(PAGE).fill(classes);
    uniform.set(classes, page);
    return page;
  };
  let code = 0;
  for (const [, length, kind] of RUNS.matchAll(/([0-9a-z]+)([A-Z.])/g)) {
    const end = code + Number.parseInt(length!, 36);
    const classes = CLASSES[kind!]!;
    while (code < end) {
      const [page, from] = [code >> 8, code & (PAGE - 1)];
      const to = Math.min(PAGE, from + end - code);
      if (to - from === PAGE) read[page] = uniformOf(classes);
      else {
        read[page] ??= new Uint8Array(PAGE);
        read[page].fill(classes, from, to);
      }
      code += to - from;
    }
  }
  return read;
}
