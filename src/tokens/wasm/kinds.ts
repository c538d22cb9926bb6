/** What a character may be in the patterns of an encoding, as bits. */
export const UPPER = 1; // Lu Lt Lm Lo M: the first part of a word
export const LOWER = 2; // Ll Lm Lo M: its second part
export const LETTER = 4;
export const NUMBER = 8;
export const SPACE = 16;
export const NEWLINE = 32; // CR LF
/** No character: the bytes 0xFF behind a text, which no UTF-8 has. Nothing goes on over it, so that no loop has to look where the text ends. */
export const END = 64;
