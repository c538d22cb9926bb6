/**
 * Where everything lies in the module's memory. Tables come first: all instances upon one memory read the same ones. Each instance has
 * scratch space of its own behind them.
 *
 * Tokens are numbered from 1 in the order of their bytes; 0 is none. Their ranks, by which they merge, are kept beside.
 */

/** 16 masks of 16 bytes: the first so many bytes of a vector. */
export let MASKS: usize = 0;
/** The classes of the bytes 0 to 127. */
export let ASCII: usize = 0;
/** By `code point >> 7`, which block of `CLASSES` has its classes. */
export let BLOCKS: usize = 0;
/** Blocks of the classes of 128 code points. */
export let CLASSES: usize = 0;
/**
 * By a token's start, which is its first two bytes as a big-endian number (a missing one is 0): the first token that has it or a higher one.
 * With `UNREAD` where the tokens of that start are still to be read from `PACKED`.
 */
export let STARTS: usize = 0;
export const UNREAD: u32 = 1 << 31;
/** By group, which is the tokens of one start, 12 bytes: its first token, where its suffixes are in `PACKED`, and where its tails go. */
export let GROUPS: usize = 0;
/** The packed table's planes (see `table.ts`). */
export let PACKED: usize = 0;
/** By token: its first 8 bytes as a big-endian number, missing ones 0, so that numbers are in the order of tokens. */
export let KEYS: usize = 0;
/** By token, 16 bytes: see `lengthOf`, `tailOf`, `mergeOf`, `shorterOf` and `knownRightOf`. */
export let TOKENS: usize = 0;
/** The bytes of tokens from their ninth on. */
export let TAILS: usize = 0;
/** Bits that are set for every merge (see `mayMerge`): most pairs that do not merge are told from them. */
export let MERGES: usize = 0;

/** Pieces counted last, 16 bytes each: up to 15 bytes and their number. */
export let PIECES: usize = 0;
/** The counts of `PIECES`, a byte each. */
export let COUNTS: usize = 0;
/** Pairs of tokens met last, 8 bytes each: left, right, and whether they may be neighbours. */
export let PAIRS: usize = 0;
/** Pairs of tokens looked up last, 8 bytes each: left, right, and the rank of what they merge to. */
export let RANKS: usize = 0;
/** Room to read tokens in. */
export let READING: usize = 0;
/** The text, in UTF-8. */
export let INPUT: usize = 0;
/** Tokens of the piece that is being counted. */
export let STACK: usize = 0;

export const PIECE_BITS: u32 = 14;
export const PAIR_BITS: u32 = 15;
export const RANK_BITS: u32 = 14;
export const MERGE_BITS: u32 = 21;
/** Bytes that are read, and may be written, behind the text. */
const PADDING: u32 = 64;

/**
 * Places the tables from `base` on: for `tokens` tokens of `groups` starts, `blocks` blocks of classes, `tails` bytes of tails and
 * `packed` bytes of planes. Answers where they end.
 */
export function placeTables(base: usize, tokens: u32, groups: u32, blocks: u32, tails: u32, packed: u32): usize {
  MASKS = base;
  ASCII = MASKS + 16 * 16;
  BLOCKS = ASCII + 128;
  CLASSES = BLOCKS + (0x110000 >> 7);
  STARTS = aligned(CLASSES + (blocks << 7));
  GROUPS = aligned(STARTS + 65537 * 4);
  KEYS = aligned(GROUPS + (groups + 1) * 12);
  TOKENS = aligned(KEYS + ((tokens + 1) << 3));
  TAILS = TOKENS + ((tokens + 1) << 4);
  MERGES = aligned(TAILS + tails + PADDING);
  PACKED = MERGES + (1 << (MERGE_BITS - 3));
  return aligned(PACKED + packed + PADDING);
}

/** Places scratch space for texts of up to `capacity` bytes, all zero or another instance's no longer, from `base` on. Answers where it ends. */
export function placeScratch(base: usize, capacity: u32): usize {
  PIECES = base;
  PAIRS = PIECES + (16 << PIECE_BITS);
  RANKS = PAIRS + (8 << PAIR_BITS);
  COUNTS = RANKS + (8 << RANK_BITS);
  READING = COUNTS + (1 << PIECE_BITS);
  INPUT = READING + 2048;
  STACK = aligned(INPUT + capacity + PADDING);
  return aligned(STACK + (capacity << 2));
}

function aligned(at: usize): usize {
  return (at + 63) & ~63;
}

/** The address of what `TOKENS` has of a token. */
export function recordOf(token: u32): usize {
  return TOKENS + (token << 4);
}

/** Bytes of a token. */
export function lengthOf(token: u32): u32 {
  return load<u32>(recordOf(token)) & 0xff;
}

/** The address of a token's ninth byte; behind it are other tokens' bytes. */
export function tailOf(token: u32): usize {
  return TAILS + (load<u32>(recordOf(token)) >> 8);
}

/** How a token merges: from bit 7 its rank, and below it the bytes of its left part (0: it is one byte). */
export function mergeOf(token: u32): u32 {
  return load<u32>(recordOf(token), 4);
}
export const RANK_SHIFT: u32 = 7;
export const LEFT_LENGTH: u32 = 0x7f;

/** The longest token that a token begins with, itself excluded; 0 where it is one byte. */
export function shorterOf(token: u32): u32 {
  return load<u32>(recordOf(token), 8);
}

/** The right one of the two tokens that a token is merged from, once that was looked for; else 0. */
export function knownRightOf(token: u32): u32 {
  return load<u32>(recordOf(token), 12);
}
