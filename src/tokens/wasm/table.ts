import {
  ASCII,
  BLOCKS,
  CLASSES,
  IS_LEFT,
  IS_RIGHT,
  KEYS,
  lengthOf,
  MASKS,
  RANK_SHIFT,
  RIGHTS,
  recordOf,
  STACK,
  STARTS,
  shorterOf,
  TAILS,
  tailOf,
} from "./memory";

/** A token, and from bit 18 on how many bytes it has in common with the text it was looked up for. */
const TOKEN_BITS: u32 = 18;
const TOKEN: u32 = (1 << TOKEN_BITS) - 1;

/**
 * Fills the tables from a packed one (see `scripts/tokens/pack.ts` for its form) of `tokens` tokens, leaving out those whose rank is
 * `ranks` or more. `packed` begins with the planes. Takes some milliseconds: one pass, in the order of the tokens' bytes.
 */
export function fillTables(packed: usize, tokens: u32, blocks: u32, suffixes: u32, ranks: u32): void {
  for (let size = 0; size < 16; size++) for (let i = 0; i < 16; i++) store<u8>(MASKS + (size << 4) + i, i < size ? 0xff : 0);
  const prefixLengths = packed;
  const suffixLengths = prefixLengths + tokens;
  const lefts = suffixLengths + tokens;
  const lowRanks = lefts + tokens;
  const middleRanks = lowRanks + tokens;
  const highRanks = middleRanks + tokens;
  let suffix = highRanks + tokens;
  const classes = suffix + suffixes;
  memory.copy(BLOCKS, classes, 0x110000 >> 7);
  memory.copy(CLASSES, classes + (0x110000 >> 7), blocks << 7);
  memory.copy(ASCII, CLASSES + ((<u32>load<u8>(BLOCKS)) << 7), 128);

  const bytes = STACK; // of the token, and what the ones before had in common with it
  const prefixes = STACK + 512; // the tokens that it begins with, the longest last
  let depth: u32 = 0;
  let token: u32 = 0;
  let tail = TAILS;
  let start: u32 = 0;
  for (let i: u32 = 0; i < tokens; i++) {
    const common = <u32>load<u8>(prefixLengths + i);
    const more = <u32>load<u8>(suffixLengths + i);
    const length = common + more;
    for (let k: u32 = 0; k < more; k += 8) store<u64>(bytes + common + k, load<u64>(suffix + k));
    store<u64>(bytes + length, 0);
    suffix += more;
    while (depth > 0 && lengthOf(load<u32>(prefixes + ((depth - 1) << 2))) > common) depth--;
    const rank =
      <u32>load<u8>(lowRanks + i) | ((<u32>load<u8>(middleRanks + i)) << 8) | ((<u32>load<u8>(highRanks + i) & 3) << 16);
    if (rank >= ranks) continue;

    token++;
    const key = bswap<u64>(load<u64>(bytes));
    store<u64>(KEYS + (token << 3), key);
    for (const first = <u32>(key >> 48); start <= first; start++) store<u32>(STARTS + (start << 2), token);
    const left = <u32>load<u8>(lefts + i); // IS_RIGHT is its highest bit
    const isLeft = load<u8>(highRanks + i) & 0x80 ? IS_LEFT : 0;
    const merge = (rank << RANK_SHIFT) | (left & 0x80 ? IS_RIGHT : 0) | isLeft | (left & 0x7f);
    const record = recordOf(token);
    store<u32>(record, ((<u32>(tail - TAILS)) << 8) | length);
    store<u32>(record, merge, 4);
    store<u32>(record, depth > 0 ? load<u32>(prefixes + ((depth - 1) << 2)) : 0, 8);
    store<u32>(prefixes + (depth++ << 2), token);
    for (let k: u32 = 8; k < length; k += 8) store<u64>(tail + k - 8, load<u64>(bytes + k));
    if (length > 8) tail += length - 8;
  }
  for (; start <= 0x10000; start++) store<u32>(STARTS + (start << 2), token + 1);
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
  const known = load<u32>(RIGHTS + (token << 2));
  if (known) return known;
  const right = tokenOf(at, size);
  store<u32>(RIGHTS + (token << 2), right);
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
  const start = STARTS + ((<u32>(key >> 48)) << 2);
  const first = load<u32>(start);
  let from = first;
  let left = load<u32>(start, 4) - from;
  while (left > 0) {
    const half = left >> 1;
    const isBefore = load<u64>(KEYS + ((from + half) << 3)) <= key;
    from = isBefore ? from + half + 1 : from;
    left = isBefore ? left - half - 1 : half;
  }
  const token = from - 1;
  const near = load<u64>(KEYS + (token << 3));
  if (near !== key) return (min(<u32>clz(near ^ key) >> 3, size) << TOKEN_BITS) | token;
  if (load<u64>(KEYS + (token << 3) - 8) !== key) return (abs<i32>(compareTail(token, at, size)) << TOKEN_BITS) | token;
  return searchAmongEqual(key, first, token, at, size);
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
