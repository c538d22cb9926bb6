import { cl100kLength, gpt2Length, o200kLength } from "./ascii";
import { COUNTS, INPUT, MASKS, PACKED, PIECE_BITS, PIECES, placeScratch, placeTables } from "./memory";
import { tokensOf } from "./merge";
import { cl100kEnd, gpt2End, o200kEnd } from "./splitter";
import { openTables, readAll, useTables } from "./table";

export { openTables, placeScratch, placeTables, readAll, useTables };

/** Which pattern splits the text: 0 is o200k_base's, 1 cl100k_base's, 2 that of gpt2, r50k and p50k. */
let pattern: u32 = 0;

export function usePattern(number: u32): void {
  pattern = number;
}

/** The address of a packed table's planes. */
export function packed(): usize {
  return PACKED;
}

/** The address of the text to count. */
export function input(): usize {
  return INPUT;
}

/** Tokens of the first `size` bytes of the input, which are well-formed UTF-8. */
export function countTokens(size: u32): u32 {
  const end = INPUT + size;
  closeText(end);
  let tokens: u32 = 0;
  for (let at = INPUT; at < end; ) {
    const text = v128.load(at);
    const length = pieceLength(text, at);
    tokens += length < 16 ? countShort(text, at, length) : tokensOf(at, at + length);
    at += length;
  }
  return tokens;
}

/** Bytes of the piece that begins `from` bytes after the start of the input, of which `size` bytes are text. */
export function pieceAt(from: u32, size: u32): u32 {
  closeText(INPUT + size);
  return pieceLength(v128.load(INPUT + from), INPUT + from);
}

/** Puts behind the text what no text has: as many bytes of it as are looked at at once. */
function closeText(end: usize): void {
  v128.store(end, i8x16.splat(-1));
}

function pieceLength(text: v128, at: usize): u32 {
  if (pattern === 0) return o200kLength(text, at) || <u32>(o200kEnd(at) - at);
  if (pattern === 1) return cl100kLength(text, at) || <u32>(cl100kEnd(at) - at);
  return gpt2Length(text, at) || <u32>(gpt2End(at) - at);
}

/**
 * Tokens of a piece of fewer than 16 bytes. Nine of ten were seen a short while before: then their count is known. A piece has one place,
 * where a later one replaces it, and is compared whole.
 */
function countShort(text: v128, at: usize, length: u32): u32 {
  const piece = i8x16.replace_lane(v128.and(text, v128.load(MASKS + (length << 4))), 15, <i8>length);
  const slot = <usize>(hashOf(piece) >> (64 - PIECE_BITS));
  const place = PIECES + (slot << 4);
  if (!v128.any_true(v128.xor(v128.load(place), piece))) return <u32>load<u8>(COUNTS + slot);
  const tokens = tokensOf(at, at + length);
  v128.store(place, piece);
  store<u8>(COUNTS + slot, tokens);
  return tokens;
}

/** Odd constants of the golden ratio's and other random-looking bits; the high bits are good. */
function hashOf(piece: v128): u64 {
  const low = <u64>i64x2.extract_lane(piece, 0) * 0x9e3779b97f4a7c15;
  const high = <u64>i64x2.extract_lane(piece, 1) * 0xc2b2ae3d27d4eb4f;
  const mixed = low ^ rotl<u64>(high, 32);
  return (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9;
}
