import { LEFT_LENGTH, lengthOf, mergeOf, PAIR_BITS, PAIRS, RANK_BITS, RANK_SHIFT, RANKS, STACK, shorterOf } from "./memory";
import { leftOf, longestToken, mayMerge, rightOf, tokenOf } from "./table";

/** The rank of what does not merge: above all others. */
const NEVER: u32 = (1 << 28) - 1;

/**
 * How many tokens byte-pair encoding leaves of the piece `[start, end)`, without merging. Encoding joins the adjacent pair whose join has
 * the lowest rank again and again; what is left is the only sequence of tokens whose neighbours are all compatible: encoding the bytes of
 * two of them alone would leave the same two. So the longest token that fits is taken, a shorter one where that is not compatible with the
 * one before, and where none is, the one before is given up for a shorter one. What is taken so far is always the encoding of what stands
 * before, hence no place is reached twice, and time is linear. The theory: github/rust-gems, README of `crates/bpe`.
 */
export function tokensOf(start: usize, end: usize): u32 {
  let at = start;
  let count: u32 = 0;
  let last: u32 = 0;
  let token = longestToken(at, <u32>(end - at));
  while (true) {
    while (token && last && !mayMeet(last, token, at)) token = shorterOf(token);
    if (token) {
      store<u32>(STACK + (count++ << 2), token);
      at += lengthOf(token);
      if (at === end) return count;
      last = token;
      token = longestToken(at, <u32>(end - at));
    } else {
      at -= lengthOf(last);
      token = shorterOf(last);
      count--;
      last = count > 0 ? load<u32>(STACK + ((count - 1) << 2)) : 0;
    }
  }
}

/** Whether two tokens may be neighbours, which meet at `at` in the text. Most pairs were met a short while before: then the answer is known. */
function mayMeet(left: u32, right: u32, at: usize): bool {
  const pair = ((<u64>left) << 18) | <u64>right;
  const slot = PAIRS + ((<usize>((pair * 0x9e3779b97f4a7c15) >> (64 - PAIR_BITS))) << 3);
  const known = load<u64>(slot);
  if (known >> 1 === pair) return (known & 1) !== 0;
  const answer = areCompatible(left, right, at);
  store<u64>(slot, (pair << 1) | <u64>answer);
  return answer;
}

/**
 * Whether two tokens may be neighbours, which meet at `at` in the text: no merge joins across their border at any moment of their own
 * merging. The merges that made the two are taken back one by one, the later first; what borders then must not merge earlier.
 */
function areCompatible(left: u32, right: u32, at: usize): bool {
  let leftLength = lengthOf(left);
  let rightLength = lengthOf(right);
  let leftMerge = mergeOf(left);
  let rightMerge = mergeOf(right);
  let limit = NEVER;
  while (true) {
    if (rankOfPair(left, right, at, leftLength, rightLength) < limit) return false;
    const leftOfLeft = leftMerge & LEFT_LENGTH;
    const leftOfRight = rightMerge & LEFT_LENGTH;
    if (leftOfLeft && (leftMerge > rightMerge || !leftOfRight)) {
      limit = leftMerge >> RANK_SHIFT;
      leftLength -= leftOfLeft;
      left = rightOf(left, at - leftLength, leftLength);
      leftMerge = mergeOf(left);
    } else if (leftOfRight) {
      limit = (rightMerge >> RANK_SHIFT) + 1;
      rightLength = leftOfRight;
      right = leftOf(right, rightLength);
      rightMerge = mergeOf(right);
    } else return true;
  }
}

/** The rank of the token that merging joins two to, which meet at `at` in the text; `NEVER` if there is none. */
function rankOfPair(left: u32, right: u32, at: usize, leftLength: u32, rightLength: u32): u32 {
  const pair = ((<u64>left) << 18) | <u64>right;
  const slot = RANKS + ((<usize>((pair * 0x9e3779b97f4a7c15) >> (64 - RANK_BITS))) << 3);
  const known = load<u64>(slot);
  if (known >> 28 === pair) return <u32>known & NEVER;
  if (!mayMerge(left, at, rightLength, leftLength)) return NEVER;
  const joined = tokenOf(at - leftLength, leftLength + rightLength);
  const rank = joined ? mergeOf(joined) >> RANK_SHIFT : NEVER;
  store<u64>(slot, (pair << 28) | <u64>rank);
  return rank;
}
