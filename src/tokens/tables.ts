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

/** The tokens of an encoding, by their bytes. */
export interface TokenTable {
  /** Length of the longest token, in bytes. */
  readonly longest: number;
  /** The rank of the token `bytes[start, end)`, or -1 when these bytes are not a token. */
  rankOf(bytes: Uint8Array, start: number, end: number): number;
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
  const { blob, from, rank } = parse(bpe_ranks);
  const longest = rank.reduce((most, _, token) => Math.max(most, from[token + 1]! - from[token]!), 0);
  const mask = 2 ** Math.ceil(Math.log2(rank.length * 2.5)) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  for (let token = 0; token < rank.length; token++) {
    let slot = hash(blob, from[token]!, from[token + 1]!) & mask;
    while (slots[slot]! >= 0) slot = (slot + 1) & mask;
    slots[slot] = token;
  }
  return {
    longest,
    rankOf(bytes, start, end) {
      for (let slot = hash(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
        const token = slots[slot]!;
        if (token < 0) return -1;
        if (equal(blob, from[token]!, from[token + 1]!, bytes, start, end)) return rank[token]!;
      }
    },
  };
}

/** The tokens of a table: token i is `blob[from[i], from[i + 1])` and has `rank[i]`. */
function parse(table: string): { blob: Uint8Array; from: Uint32Array; rank: Int32Array } {
  const blob = new Uint8Array(Math.ceil((table.length * 3) / 4));
  const from = new Uint32Array(table.length / 4 + 1); // a token takes at least "AA==" and is longer than that with its separator
  const rank = new Int32Array(from.length);
  let tokens = 0;
  let size = 0;
  for (const line of table.split("\n")) {
    const [mark = "", offset = ""] = line.split(" ", 2);
    let next = Number(offset);
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
      rank[tokens++] = next++;
      from[tokens] = size;
    }
  }
  return { blob: blob.slice(0, size), from: from.slice(0, tokens + 1), rank: rank.slice(0, tokens) };
}

/** FNV-1a over bytes, with a last mix because only its low bits are used. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return h ^ (h >>> 15);
}

function equal(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}
