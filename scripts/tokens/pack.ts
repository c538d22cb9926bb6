import { packClasses } from "./classes.ts";

/** Bits that the tables have for a rank, for a token's length and for the length of its left part. */
const [MAX_RANK, MAX_LENGTH, MAX_LEFT] = [1 << 18, 255, 127];
const IS_RIGHT = 0x80; // in the plane of left parts
const IS_LEFT = 0x80; // in the plane of the ranks' high bits

/**
 * Packs a vocabulary, so that `fillTables` (src/tokens/wasm/table.ts) builds its tables in one pass. `tokens` are in order of rank.
 *
 * Four little-endian 32-bit numbers: tokens, bytes of suffixes, blocks of classes, bytes of tokens beyond their eighth. Then planes of one
 * byte a token, in the order of the tokens' bytes: how many bytes it has in common with the one before; how many follow; how many its left
 * part has (`IS_RIGHT`: it is some token's right part); the low, middle and high bits of its rank (`IS_LEFT`: it is some token's left
 * part). Then the bytes that follow, of all tokens; then the characters' classes (`packClasses`).
 * @throws Error where a token cannot be merged from others, or is too long
 */
export function packTokens(tokens: readonly Uint8Array[]): Uint8Array {
  const names = tokens.map((token) => Buffer.from(token).toString("latin1"));
  const ranks = new Map(names.map((name, rank) => [name, rank]));
  const lefts = names.map((name) => leftPart(name, ranks));
  const merged = [...names.entries()].filter(([, name]) => name.length > 1);
  const isLeft = new Set(merged.map(([rank, name]) => name.slice(0, lefts[rank])));
  const isRight = new Set(merged.map(([rank, name]) => name.slice(lefts[rank])));
  if (tokens.length > MAX_RANK) throw new Error(`${tokens.length} tokens are more than ${MAX_RANK}`);

  const planes = Array.from({ length: 6 }, () => new Uint8Array(tokens.length));
  const suffixes: Buffer[] = [];
  let before = "";
  let tails = 0;
  for (const [at, name] of names.toSorted(byBytes).entries()) {
    const rank = ranks.get(name)!;
    const common = commonLength(before, name);
    if (name.length > MAX_LENGTH || lefts[rank]! > MAX_LEFT) throw new Error(`a token of ${name.length} bytes is too long`);
    const values = [
      common,
      name.length - common,
      lefts[rank]! | (isRight.has(name) ? IS_RIGHT : 0),
      rank & 0xff,
      (rank >> 8) & 0xff,
      (rank >> 16) | (isLeft.has(name) ? IS_LEFT : 0),
    ];
    for (const [plane, value] of values.entries()) planes[plane]![at] = value;
    suffixes.push(Buffer.from(name.slice(common), "latin1"));
    tails += Math.max(0, name.length - 8);
    before = name;
  }
  const { blocks, classes } = packClasses();
  const suffixBytes = Buffer.concat(suffixes);
  const head = new Uint8Array(Uint32Array.of(tokens.length, suffixBytes.length, classes.length / 128, tails).buffer);
  return Buffer.concat([head, ...planes, suffixBytes, blocks, classes]);
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
