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

const BASE64 = new Int8Array(128).fill(-1);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  BASE64[char.charCodeAt(0)] = value;

/**
 * Builds the table: all tokens' bytes in one array, found through an open-addressed hash over it. No object per token, so
 * 200,000 tokens cost some 6 MB.
 */
export function buildTable({ bpe_ranks }: Ranks): TokenTable {
  const blob = new Uint8Array(Math.ceil((bpe_ranks.length * 3) / 4));
  const starts: number[] = [];
  const ranks: number[] = [];
  let size = 0;
  let longest = 0;
  for (const line of bpe_ranks.split("\n")) {
    const tokens = line.split(" ");
    const offset = Number(tokens[1]);
    for (let i = 2; i < tokens.length; i++) {
      starts.push(size);
      ranks.push(offset + i - 2);
      size = decodeBase64(tokens[i]!, blob, size);
      longest = Math.max(longest, size - starts[starts.length - 1]!);
    }
  }
  starts.push(size);
  const from = Uint32Array.from(starts);
  const rank = Int32Array.from(ranks);
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

function decodeBase64(text: string, into: Uint8Array, at: number): number {
  let bits = 0;
  let held = 0;
  for (let i = 0; i < text.length; i++) {
    const value = BASE64[text.charCodeAt(i)]!;
    if (value < 0) break; // padding
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      into[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  return at;
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
