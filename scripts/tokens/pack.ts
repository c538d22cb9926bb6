import { packClasses } from "./classes.ts";

/** Bits that the tables have for a rank, for a token's length and for the length of its left part. */
const [MAX_RANK, MAX_LENGTH, MAX_LEFT] = [1 << 18, 255, 127];

/**
 * Packs a vocabulary, so that the module (src/tokens/wasm/table.ts) reads it in the order of the tokens' bytes. `tokens` are in order of rank.
 *
 * Five little-endian 32-bit numbers: tokens; groups of tokens with the same two first bytes; bytes of planes and suffixes; blocks of
 * classes; bytes of tokens beyond their eighth. Then planes of one byte a token: how many bytes it has in common with the one before; how
 * many follow; how many its left part has (the left one of the two tokens that it is merged from; 0 for one byte); the low, middle and high
 * byte of its rank. Then the bytes that follow, of all tokens. Then the groups, 12 bytes each: the start (its first byte is the higher one)
 * and how many tokens have it, in 16 bits; their bytes in what follows, and beyond the eighth, in 32. Then the characters' classes
 * (`packClasses`).
 * @throws Error where a token cannot be merged from others, or is too long
 */
export function packTokens(tokens: readonly Uint8Array[]): Uint8Array {
  const names = tokens.map((token) => Buffer.from(token).toString("latin1"));
  const ranks = new Map(names.map((name, rank) => [name, rank]));
  const lefts = names.map((name) => leftPart(name, ranks));
  if (tokens.length > MAX_RANK) throw new Error(`${tokens.length} tokens are more than ${MAX_RANK}`);

  const planes = Array.from({ length: 6 }, () => new Uint8Array(tokens.length));
  const suffixes: Buffer[] = [];
  const groups = new Map<number, Group>();
  let before = "";
  for (const [at, name] of names.toSorted(byBytes).entries()) {
    const rank = ranks.get(name)!;
    const common = commonLength(before, name);
    if (name.length > MAX_LENGTH || lefts[rank]! > MAX_LEFT) throw new Error(`a token of ${name.length} bytes is too long`);
    const values = [common, name.length - common, lefts[rank]!, rank & 0xff, (rank >> 8) & 0xff, rank >> 16];
    for (const [plane, value] of values.entries()) planes[plane]![at] = value;
    suffixes.push(Buffer.from(name.slice(common), "latin1"));
    const start = (name.charCodeAt(0) << 8) | (name.charCodeAt(1) || 0);
    const group = groups.get(start) ?? { tokens: 0, suffixes: 0, tails: 0 };
    group.tokens++;
    group.suffixes += name.length - common;
    group.tails += Math.max(0, name.length - 8);
    groups.set(start, group);
    before = name;
  }
  const { blocks, classes } = packClasses();
  const packed = Buffer.concat([...planes, ...suffixes]);
  const tails = [...groups.values()].reduce((sum, group) => sum + group.tails, 0);
  const head = Uint32Array.of(tokens.length, groups.size, packed.length, classes.length / 128, tails);
  return Buffer.concat([new Uint8Array(head.buffer), packed, ...[...groups].map(packGroup), blocks, classes]);
}

/** The tokens of one start, which are neighbours: how many, their bytes among the suffixes, and their bytes beyond the eighth. */
interface Group {
  tokens: number;
  suffixes: number;
  tails: number;
}

function packGroup([start, { tokens, suffixes, tails }]: [number, Group]): Buffer {
  const packed = Buffer.alloc(12);
  packed.writeUInt16LE(start, 0);
  packed.writeUInt16LE(tokens, 2);
  packed.writeUInt32LE(suffixes, 4);
  packed.writeUInt32LE(tails, 8);
  return packed;
}

/** The tokens of one of js-tiktoken's tables, in order of rank: lines of `! OFFSET TOKEN…`, tokens in base64, ranks counting up from the offset. */
export function tokensOf({ bpe_ranks }: { bpe_ranks: string }): Uint8Array[] {
  const lines = bpe_ranks.split("\n").map((line) => line.split(" "));
  const offsets = lines.map(([, offset]) => Number(offset));
  if (offsets.some((offset, line) => line > 0 && offset < offsets[line - 1]!))
    throw new Error("the tokens are not in order of rank");
  return lines.flatMap(([, , ...tokens]) => tokens.map((token) => Buffer.from(token, "base64")));
}

/** Bytes of the left one of the two tokens that the last merge to a token joins, by merging; 0 for one byte. */
function leftPart(name: string, ranks: ReadonlyMap<string, number>): number {
  if (name.length === 1) return 0;
  const ends = Array.from(name, (_, i) => i + 1); // of the parts
  while (ends.length > 2) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < ends.length; i++) {
      const rank = ranks.get(name.slice(i > 0 ? ends[i - 1] : 0, ends[i + 1])) ?? Number.POSITIVE_INFINITY;
      if (rank < best) [best, at] = [rank, i];
    }
    if (at < 0) throw new Error(`no merging leads to ${JSON.stringify(name)}`);
    ends.splice(at, 1);
  }
  return ends[0]!;
}

/** The order of latin1 strings, which is that of their bytes. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
