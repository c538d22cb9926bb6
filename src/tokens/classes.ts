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
/** The classes of each code point. */
const table = readTable();

/** The classes of U+0000 to U+007F, for those who look at bytes. */
export const ASCII = table.subarray(0, 128);

/** The classes of a code point; 0 for punctuation, symbols, controls and what is unassigned. */
export function classOf(code: number): number {
  return table[code]!;
}

function readTable(): Uint8Array {
  const read = new Uint8Array(0x110000);
  let code = 0;
  for (const [, length, kind] of RUNS.matchAll(/([0-9a-z]+)([A-Z.])/g)) {
    const end = code + Number.parseInt(length!, 36);
    read.fill(CLASSES[kind!]!, code, end);
    code = end;
  }
  return read;
}
