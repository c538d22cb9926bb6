import type { TokenTable } from "./tables.ts";

/** What a token is made of is not known yet. */
const UNKNOWN = -2;
/** It is one byte, or no merging leads to it. */
const NONE = -1;
/** Entries of the memory of pairs: enough for the pairs that come again and again. */
const PAIRS = 1 << 16;

/** Counts the tokens of pieces that are no token as a whole. */
export interface Merger {
  /** How many tokens byte-pair encoding leaves of `bytes[start, end)` (not empty). */
  count(bytes: Uint8Array, start: number, end: number): number;
}

/**
 * Byte-pair encoding without merging. It joins the adjacent pair whose join has the lowest rank again and again; what is left is the only
 * sequence of tokens whose neighbours are all compatible: merging the bytes of two of them alone would leave the same two. So the longest
 * token that fits is taken, a shorter one where that is not compatible with the one before, and where none is, the one before is given up;
 * a position that led nowhere is not tried again, hence about linear time. The theory: github/rust-gems, README of `crates/bpe`.
 *
 * What a token was merged from is found when first asked for.
 */
export function createMerger(table: TokenTable): Merger {
  const { lengthOf } = table;
  const lefts = new Int32Array(table.size).fill(UNKNOWN);
  const shorter = new Int32Array(table.size).fill(UNKNOWN);
  const knownLeft = new Int32Array(PAIRS).fill(-1);
  const knownRight = new Int32Array(PAIRS);
  const knownAnswer = new Uint8Array(PAIRS);
  let tokens = new Int32Array(64);
  let dead = new Uint8Array(64);

  /** The left one of the two tokens that the last merge to `token` joins; NONE when there is none. */
  function leftOf(token: number): number {
    const known = lefts[token]!;
    if (known !== UNKNOWN) return known;
    let left = shorterOf(token);
    for (; left !== NONE; left = shorterOf(left)) {
      const rest = table.rest(token, lengthOf(left));
      if (left < token && rest >= 0 && rest < token && isMerged(rest) && areCompatible(left, rest, token)) break;
    }
    lefts[token] = left;
    return left;
  }

  /** Whether merging leads to the token at all: some are in a table only because a piece may be one as a whole. */
  function isMerged(token: number): boolean {
    return lengthOf(token) === 1 || leftOf(token) !== NONE;
  }

  /** The longest token that `token` begins with and that merging leads to; NONE for one byte. */
  function shorterOf(token: number): number {
    if (shorter[token] === UNKNOWN) shorter[token] = merged(table.prefixOf(token));
    return shorter[token]!;
  }

  /** The token, or the longest that it begins with, that merging leads to. */
  function merged(token: number): number {
    return token === NONE || isMerged(token) ? token : shorterOf(token);
  }

  function mayFollow(left: number, right: number): boolean {
    const slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 16;
    if (knownLeft[slot] === left && knownRight[slot] === right) return knownAnswer[slot] === 1;
    const answer = areCompatible(left, right, table.size);
    knownLeft[slot] = left;
    knownRight[slot] = right;
    knownAnswer[slot] = answer ? 1 : 0;
    return answer;
  }

  /** Whether no merge to a token below `limit` joins across the place where the two meet, at any moment of their own merging. */
  function areCompatible(left: number, right: number, limit: number): boolean {
    let [a, b, below] = [left, right, limit];
    for (;;) {
      const joined = table.join(a, b);
      if (joined >= 0 && joined < below && leftOf(joined) === a) return false;
      // Take back the later one of the merges that made the two.
      const [leftOfA, leftOfB] = [leftOf(a), leftOf(b)];
      if (leftOfA !== NONE && (a > b || leftOfB === NONE)) {
        below = a;
        a = table.rest(a, lengthOf(leftOfA));
      } else if (leftOfB !== NONE) {
        below = b + 1;
        b = leftOfB;
      } else return true;
    }
  }

  return {
    count(bytes, start, end) {
      const size = end - start;
      if (dead.length <= size) {
        tokens = new Int32Array(2 * size);
        dead = new Uint8Array(2 * size);
      }
      dead.fill(0, 0, size + 1);
      let count = 0;
      let at = start;
      let token = merged(table.prefix(bytes, at, end));
      for (;;) {
        const last = count > 0 ? tokens[count - 1]! : NONE;
        while (token !== NONE && (dead[at + lengthOf(token) - start] || (last !== NONE && !mayFollow(last, token))))
          token = shorterOf(token);
        if (token === NONE) {
          // Nothing can come after the last one: a shorter one in its place.
          dead[at - start] = 1;
          at -= lengthOf(last);
          token = last;
          count--;
          continue;
        }
        tokens[count++] = token;
        at += lengthOf(token);
        if (at === end) return count;
        token = merged(table.prefix(bytes, at, end));
      }
    },
  };
}
