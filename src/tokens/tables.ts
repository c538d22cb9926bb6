import type { EncodingName } from "./encoding.ts";

/** A table as js-tiktoken ships it. */
export interface Ranks {
  /** Lines of `! OFFSET TOKEN…`: base64 tokens whose ranks count up from the offset. */
  bpe_ranks: string;
}

/** Loads a table (1-2 MB of text). The only place that does, so that a bundler can keep the tables apart and nothing loads one early. */
export async function loadRanks(encoding: EncodingName): Promise<Ranks> {
  const module =
    encoding === "o200k_base" ? await import("js-tiktoken/ranks/o200k_base") : await import("js-tiktoken/ranks/cl100k_base");
  return module.default;
}

/** The tokens of an encoding, by their bytes. A token is its number: in order of rank, so a lower one is merged earlier. */
export interface TokenTable {
  /** How many tokens there are. */
  readonly size: number;
  /** The length of a token in bytes. */
  lengthOf(token: number): number;
  /** The token whose bytes are `bytes[start, end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number;
  /** The token whose bytes are those of `left` and then those of `right`, or -1. */
  join(left: number, right: number): number;
  /** The token that is left of `token` without its first `skip` bytes, or -1. */
  rest(token: number, skip: number): number;
  /** The longest token that `bytes[start, end)` begins with, or -1. */
  prefix(bytes: Uint8Array, start: number, end: number): number;
  /** The longest token that `token` begins with, itself excluded, or -1. */
  prefixOf(token: number): number;
}

const BLANK = 0x20;
const PADDING = 0x3d;
const BASE64 = new Uint8Array(128);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  BASE64[char.charCodeAt(0)] = value;

/**
 * Builds the table: all tokens' bytes in one array, found through an open-addressed hash over it. No object per token, so
 * 200,000 tokens cost some 6 MB.
 */
export function buildTable({ bpe_ranks }: Ranks): TokenTable {
  const { blob, from } = parse(bpe_ranks);
  const size = from.length - 1;
  const mask = 2 ** Math.ceil(Math.log2(size * 2.5)) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  // By a hash of their first three, or six, bytes: the length of the longest of the tokens that have as many; 0 where there is none.
  const longestOf3 = new Uint8Array(1 << 16);
  const longestOf6 = new Uint8Array(1 << 18);
  let longest = 1;
  for (let token = 0; token < size; token++) {
    const [start, end] = [from[token]!, from[token + 1]!];
    let slot = mix(hash(SEED, blob, start, end)) & mask;
    while (slots[slot]! >= 0) slot = (slot + 1) & mask;
    slots[slot] = token;
    longest = Math.max(longest, end - start);
    if (end - start >= 3) raise(longestOf3, firstThree(blob, start), end - start);
    if (end - start >= 6) raise(longestOf6, firstSix(blob, start), end - start);
  }
  const lengthOf = (token: number) => from[token + 1]! - from[token]!;
  /** Hashes of the prefixes of the bytes looked at, by length. */
  const hashes = new Int32Array(longest + 1);
  /** The bytes of two tokens, one after the other. */
  const joined = new Uint8Array(longest);

  function find(bytes: Uint8Array, start: number, end: number): number {
    return end - start > longest ? -1 : probe(mix(hash(SEED, bytes, start, end)), bytes, start, end);
  }

  function probe(mixed: number, bytes: Uint8Array, start: number, end: number): number {
    for (let slot = mixed & mask; ; slot = (slot + 1) & mask) {
      const token = slots[slot]!;
      if (token < 0 || equal(blob, from[token]!, from[token + 1]!, bytes, start, end)) return token;
    }
  }

  function join(left: number, right: number): number {
    const length = lengthOf(left) + lengthOf(right);
    if (length > longest) return -1;
    let at = 0;
    for (let i = from[left]!; i < from[left + 1]!; i++) joined[at++] = blob[i]!;
    for (let i = from[right]!; i < from[right + 1]!; i++) joined[at++] = blob[i]!;
    return find(joined, 0, length);
  }

  /** `most`: the longest prefix to look at, in bytes. */
  function prefixUpTo(most: number, bytes: Uint8Array, start: number): number {
    let state = SEED;
    for (let length = 1; length <= most; length++) {
      state = hash(state, bytes, start + length - 1, start + length);
      hashes[length] = state;
    }
    for (let length = most; length > 0; length--) {
      const token = probe(mix(hashes[length]!), bytes, start, start + length);
      if (token >= 0) return token;
    }
    return -1;
  }

  function prefix(bytes: Uint8Array, start: number, end: number): number {
    let most = end - start;
    if (most >= 3) most = Math.min(most, Math.max(2, longestOf3[firstThree(bytes, start)]!));
    if (most >= 6) most = Math.min(most, Math.max(5, longestOf6[firstSix(bytes, start)]!));
    return prefixUpTo(most, bytes, start);
  }

  return {
    size,
    lengthOf,
    find,
    join,
    rest: (token, skip) => find(blob, from[token]! + skip, from[token + 1]!),
    prefix,
    prefixOf: (token) => prefixUpTo(lengthOf(token) - 1, blob, from[token]!),
  };
}

/** The tokens of a table, in order of rank: token i is `blob[from[i], from[i + 1])`. @throws Error when they are in another order */
function parse(table: string): { blob: Uint8Array; from: Uint32Array } {
  const blob = new Uint8Array(Math.ceil((table.length * 3) / 4));
  const from = new Uint32Array(table.length / 4 + 1); // a token takes at least "AA==" and is longer than that with its separator
  let tokens = 0;
  let size = 0;
  let rank = 0;
  for (const line of table.split("\n")) {
    const [mark = "", offset = ""] = line.split(" ", 2);
    if (Number(offset) < rank) throw new Error(`the table's tokens are not in order: ${offset} comes after ${rank}`);
    rank = Number(offset);
    for (let at = mark.length + offset.length + 2; at < line.length; at++) {
      let held = 0;
      let bits = 0;
      for (let code = line.charCodeAt(at); at < line.length && code !== BLANK; code = line.charCodeAt(++at)) {
        if (code === PADDING) continue;
        held = (held << 6) | BASE64[code]!;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        blob[size++] = held >> bits;
        held &= (1 << bits) - 1;
      }
      from[++tokens] = size;
      rank++;
    }
  }
  return { blob: blob.slice(0, size), from: from.slice(0, tokens + 1) };
}

const SEED = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a over bytes, from a state on, so that the hash of a text goes on from that of its beginning. */
function hash(state: number, bytes: Uint8Array, start: number, end: number): number {
  let h = state;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i]!, PRIME);
  return h;
}

/** 16 bits of the first three bytes. */
function firstThree(bytes: Uint8Array, at: number): number {
  return Math.imul(three(bytes, at), 0x9e3779b1) >>> 16;
}

/** 18 bits of the first six bytes. */
function firstSix(bytes: Uint8Array, at: number): number {
  return (Math.imul(three(bytes, at + 3), 0x85ebca6b) ^ Math.imul(three(bytes, at), 0x9e3779b1)) >>> 14;
}

function three(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function raise(most: Uint8Array, key: number, length: number): void {
  if (length > most[key]!) most[key] = length;
}

/** Brings the hash's high bits down: only its low ones are used. */
function mix(state: number): number {
  return state ^ (state >>> 15);
}

function equal(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}
