/** UTF-8 has no more bytes than this for a UTF-16 unit. */
const MOST_BYTES = 3;

/**
 * Whether `text` surely has no more than `tokens` tokens, in any byte-level encoding: no more than it has bytes of UTF-8, for every token has
 * one at least. Needs no table; looks at the text only where its length alone does not tell, and only as far as it must. False says nothing.
 */
export function isSurelyAtMost(text: string, tokens: number): boolean {
  if (text.length * MOST_BYTES <= tokens) return true;
  let bytes = text.length;
  for (let i = 0; bytes <= tokens && i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2; // a lone surrogate is encoded as U+FFFD: 3 bytes
    if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) i++; // a pair: 2 units, 4 bytes
  }
  return bytes <= tokens;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
