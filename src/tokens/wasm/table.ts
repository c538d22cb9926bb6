import {
  ASCII,
  BLOCKS,
  CLASSES,
  GROUPS,
  KEYS,
  knownRightOf,
  lengthOf,
  MASKS,
  MERGE_BITS,
  MERGES,
  PACKED,
  RANK_SHIFT,
  READING,
  recordOf,
  STARTS,
  shorterOf,
  TAILS,
  tailOf,
  UNREAD,
} from "./memory";

/** A token, and from bit 18 on how many bytes it has in common with the text it was looked up for. */
const TOKEN_BITS: u32 = 18;
const TOKEN: u32 = (1 << TOKEN_BITS) - 1;

/** How many tokens there are; the planes of `PACKED` are so long. */
let tokens: u32 = 0;
/** How many groups. */
let groups: u32 = 0;

/** Says what there is in the tables, which this or another instance has opened. */
export function useTables(tokenCount: u32, groupCount: u32): void {
  tokens = tokenCount;
  groups = groupCount;
}

/**
 * Opens a packed table, of which `PACKED` has the planes and suffixes, and `index` is where the groups and the characters' classes are (for
 * its form see `scripts/tokens/pack.ts`). The tokens of a start are read when a text first has it, so that what nobody uses costs neither
 * time nor memory.
 */
export function openTables(index: usize, blocks: u32): void {
  for (let size = 0; size < 16; size++) for (let i = 0; i < 16; i++) store<u8>(MASKS + (size << 4) + i, i < size ? 0xff : 0);
  let token: u32 = 1;
  let suffix: u32 = 0;
  let tail: u32 = 0;
  let next: u32 = 0; // the first start of which it is not yet said what has it
  for (let i: u32 = 0; i < groups; i++) {
    const start = <u32>load<u16>(index);
    for (; next < start; next++) store<u32>(STARTS + (next << 2), token);
    store<u32>(STARTS + (next++ << 2), token | UNREAD);
    const group = GROUPS + i * 12;
    store<u32>(group, token);
    store<u32>(group, suffix, 4);
    store<u32>(group, tail, 8);
    token += load<u16>(index, 2);
    suffix += load<u32>(index, 4);
    tail += load<u32>(index, 8);
    index += 12;
  }
  for (; next <= 0x10000; next++) store<u32>(STARTS + (next << 2), token);
  store<u32>(GROUPS + groups * 12, token);
  memory.copy(BLOCKS, index, 0x110000 >> 7);
  memory.copy(CLASSES, index + (0x110000 >> 7), blocks << 7);
  memory.copy(ASCII, CLASSES + ((<u32>load<u8>(BLOCKS)) << 7), 128);
}

/** Reads all tokens, so that other threads find nothing left to do. */
export function readAll(): void {
  for (let start: u32 = 0; start < 0x10000; start++) readStart(start);
}

/** Reads the tokens of a start, if that is still to be done. */
function readStart(start: u32): void {
  const entry = STARTS + (start << 2);
  const first = load<u32>(entry) ^ UNREAD;
  if (first & UNREAD) return;
  store<u32>(entry, first);
  const byte = start & 0xff00;
  if (byte !== start) readStart(byte);
  const group = groupOf(first);
  const end = load<u32>(group, 12);

  const bytes = READING; // of the token, and what the ones before had in common with it
  const prefixes = READING + 512; // the tokens that it begins with, the longest last
  let depth: u32 = 0;
  store<u8>(bytes, start >> 8);
  if (byte !== start) store<u32>(prefixes + (depth++ << 2), firstOf(byte));
  const plane = PACKED - 1; // tokens are numbered from 1
  let suffix = PACKED + tokens * 6 + load<u32>(group, 4);
  let tail = TAILS + load<u32>(group, 8);
  for (let token = first; token < end; token++) {
    const common = <u32>load<u8>(plane + token);
    const more = <u32>load<u8>(plane + tokens + token);
    const length = common + more;
    for (let k: u32 = 0; k < more; k += 8) store<u64>(bytes + common + k, load<u64>(suffix + k));
    store<u64>(bytes + length, 0);
    suffix += more;
    while (depth > 0 && lengthOf(load<u32>(prefixes + ((depth - 1) << 2))) > common) depth--;
    const shorter = depth > 0 ? load<u32>(prefixes + ((depth - 1) << 2)) : 0;
    store<u32>(prefixes + (depth++ << 2), token);

    const left = <u32>load<u8>(plane + 2 * tokens + token);
    const lowRank = <u32>load<u8>(plane + 3 * tokens + token) | ((<u32>load<u8>(plane + 4 * tokens + token)) << 8);
    const rank = lowRank | ((<u32>load<u8>(plane + 5 * tokens + token)) << 16);
    const record = recordOf(token);
    store<u64>(KEYS + (token << 3), bswap<u64>(load<u64>(bytes)));
    store<u32>(record, ((<u32>(tail - TAILS)) << 8) | length);
    store<u32>(record, (rank << RANK_SHIFT) | left, 4);
    store<u32>(record, shorter, 8);
    if (left) {
      const bit = mergeBit(leftOf(token, left), bytes + left, length - left);
      store<u8>(MERGES + (bit >> 3), load<u8>(MERGES + (bit >> 3)) | ((<u8>1) << (<u8>bit & 7)));
    }
    if (length > 8) {
      memory.copy(tail, bytes + 8, length - 8);
      tail += length - 8;
    }
  }
}

/** The first token of a start whose tokens are read. */
function firstOf(start: u32): u32 {
  return load<u32>(STARTS + (start << 2));
}

/** The group whose first token is `first`. */
function groupOf(first: u32): usize {
  let from: u32 = 0;
  let left = groups;
  while (left > 1) {
    const half = left >> 1;
    if (load<u32>(GROUPS + (from + half) * 12) > first) left = half;
    else {
      from += half;
      left -= half;
    }
  }
  return GROUPS + from * 12;
}

/** Whether `left` and the `size` bytes at `right`, which follow it, may be merged to a token: false is certain, true is in nine of ten cases. */
export function mayMerge(left: u32, right: usize, size: u32, leftLength: u32): bool {
  // A token that begins with more of it was read together with it.
  if (leftLength === 1) readStart(((<u32>load<u8>(right - 1)) << 8) | load<u8>(right));
  const bit = mergeBit(left, right, size);
  return ((load<u8>(MERGES + (bit >> 3)) >> (<u8>bit & 7)) & 1) !== 0;
}

/** The bit of a merge, by its left token and the first 8 of the `size` bytes of its right one. */
function mergeBit(left: u32, right: usize, size: u32): u32 {
  const bytes = size < 8 ? load<u64>(right) & (((<u64>1) << (size << 3)) - 1) : load<u64>(right) + size;
  return <u32>((((bytes * 0x9e3779b97f4a7c15) ^ (<u64>left * 0xc2b2ae3d27d4eb4f)) * 0xbf58476d1ce4e5b9) >> (64 - MERGE_BITS));
}

/** The longest token that the `size` bytes at `at` begin with. There always is one: every byte is a token. */
export function longestToken(at: usize, size: u32): u32 {
  const found = search(at, size);
  const common = found >> TOKEN_BITS;
  let token = found & TOKEN;
  while (lengthOf(token) > common) token = shorterOf(token);
  return token;
}

/** The token that is the `size` bytes at `at`; 0 if none is. */
export function tokenOf(at: usize, size: u32): u32 {
  const found = search(at, size);
  const token = found & TOKEN;
  return lengthOf(token) === size && found >> TOKEN_BITS === size ? token : 0;
}

/** The right one of the two tokens that `token` is merged from, whose `size` bytes are also at `at`. */
export function rightOf(token: u32, at: usize, size: u32): u32 {
  const known = knownRightOf(token);
  if (known) return known;
  const right = tokenOf(at, size);
  store<u32>(recordOf(token), right, 12);
  return right;
}

/** The left one, of `size` bytes. */
export function leftOf(token: u32, size: u32): u32 {
  let left = shorterOf(token);
  while (lengthOf(left) !== size) left = shorterOf(left);
  return left;
}

/**
 * The last token, in the order of their bytes, that is not above the `size` bytes at `at`, and how many bytes both have in common. What
 * lies between a token and a text that begins with it begins with it too, so the longest token that the text begins with is this one or
 * one that this begins with.
 */
function search(at: usize, size: u32): u32 {
  const key = keyOf(at, size);
  const start = <u32>(key >> 48);
  readStart(start);
  const first = firstOf(start);
  const count = (load<u32>(STARTS + (start << 2), 4) & ~UNREAD) - first;
  if (!count || load<u64>(KEYS + (first << 3)) > key) return byteToken(start);
  // Halving without branches: no processor could foresee them.
  let token = first;
  for (let left = count; left > 1; ) {
    const half = left >> 1;
    token += half & -(<u32>(load<u64>(KEYS + ((token + half) << 3)) <= key));
    left -= half;
  }
  const near = load<u64>(KEYS + (token << 3));
  if (near !== key) return (min(<u32>clz(near ^ key) >> 3, size) << TOKEN_BITS) | token;
  if (token === first || load<u64>(KEYS + (token << 3) - 8) !== key)
    return (abs<i32>(compareTail(token, at, size)) << TOKEN_BITS) | token;
  return searchAmongEqual(key, first, token, at, size);
}

/** What `search` answers where all tokens of a start are above the text: its first byte alone is a token. */
function byteToken(start: u32): u32 {
  readStart(start & 0xff00);
  return (1 << TOKEN_BITS) | firstOf(start & 0xff00);
}

/** The same where several tokens, of which `last` is the last and none is before `first`, have the first 8 bytes of the text. */
function searchAmongEqual(key: u64, first: u32, last: u32, at: usize, size: u32): u32 {
  let from = first;
  let left = last + 1 - first;
  while (left > 0) {
    const half = left >> 1;
    const token = from + half;
    const isBefore = load<u64>(KEYS + (token << 3)) < key || compareTail(token, at, size) >= 0;
    from = isBefore ? token + 1 : from;
    left = isBefore ? left - half - 1 : half;
  }
  if (from === first) return byteToken(<u32>(key >> 48));
  const token = from - 1;
  const near = load<u64>(KEYS + (token << 3));
  const common = near !== key ? min(<u32>clz(near ^ key) >> 3, size) : <u32>abs<i32>(compareTail(token, at, size));
  return (common << TOKEN_BITS) | token;
}

/** Of a token with the same first 8 bytes as the `size` at `at`: how many they have in common, negative where the token is above them. */
function compareTail(token: u32, at: usize, size: u32): i32 {
  const length = lengthOf(token);
  const both = min(length, size);
  const tail = tailOf(token) - 8;
  for (let i: u32 = 8; i < both; i += 8) {
    const ours = bswap<u64>(load<u64>(tail + i));
    const theirs = bswap<u64>(load<u64>(at + i));
    if (ours === theirs) continue;
    const common = i + (<u32>clz(ours ^ theirs) >> 3);
    if (common >= both) break;
    return ours > theirs ? -(<i32>common) : <i32>common;
  }
  return length > size ? -(<i32>both) : <i32>both;
}

/** The first 8 of `size` bytes at `at` as `KEYS` has them. */
function keyOf(at: usize, size: u32): u64 {
  const key = bswap<u64>(load<u64>(at));
  return size < 8 ? key & ((<u64>-1) << ((8 - size) << 3)) : key;
}
