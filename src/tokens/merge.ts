import type { TokenTable } from "./tables.ts";

/** Pieces up to this many bytes are merged by looking at all pairs each time; longer ones through a heap. */
const SHORT = 48;
/** A heap's key: rank * 2^32 + position, so the lowest rank comes first, leftmost among equals; exact in a double. */
const POSITION = 2 ** 32;

/**
 * How many tokens byte-pair encoding leaves of `bytes[0, size)`: again and again it joins the adjacent pair whose join has the lowest rank,
 * the leftmost among equals. O(n log n) whatever the input.
 */
export function countMerged(table: TokenTable, bytes: Uint8Array, size: number): number {
  return size <= SHORT ? mergeShort(table, bytes, size) : mergeLong(table, bytes, size);
}

const bounds = new Int32Array(SHORT + 1);
const pairs = new Int32Array(SHORT + 1);

function mergeShort(table: TokenTable, bytes: Uint8Array, size: number): number {
  let parts = size;
  for (let i = 0; i <= size; i++) bounds[i] = i;
  const pairAt = (i: number) => (i + 2 <= parts ? rank(table, bytes, bounds[i]!, bounds[i + 2]!) : -1);
  for (let i = 0; i < parts; i++) pairs[i] = pairAt(i);
  for (;;) {
    let best = -1;
    for (let i = 0; i + 1 < parts; i++) if (pairs[i]! >= 0 && (best < 0 || pairs[i]! < pairs[best]!)) best = i;
    if (best < 0) return parts;
    bounds.copyWithin(best + 1, best + 2, parts + 1);
    pairs.copyWithin(best + 1, best + 2, parts);
    parts--;
    pairs[best] = pairAt(best);
    if (best > 0) pairs[best - 1] = pairAt(best - 1);
  }
}

function mergeLong(table: TokenTable, bytes: Uint8Array, size: number): number {
  // Parts are a doubly linked list over their start positions; `pair[i]` is the rank of part i joined with the next.
  const next = new Int32Array(size + 1);
  const previous = new Int32Array(size + 1);
  const pair = new Int32Array(size).fill(-1);
  const heap = new Heap(size);
  for (let i = 0; i <= size; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  const rate = (at: number) => {
    const middle = next[at]!;
    pair[at] = middle < size ? rank(table, bytes, at, next[middle]!) : -1;
    if (pair[at]! >= 0) heap.push(pair[at]! * POSITION + at);
  };
  for (let i = 0; i + 1 < size; i++) rate(i);
  let parts = size;
  for (let key = heap.pop(); key >= 0; key = heap.pop()) {
    const at = key % POSITION;
    if (pair[at] !== Math.floor(key / POSITION)) continue; // joined or rated anew since
    const joined = next[at]!;
    next[at] = next[joined]!;
    previous[next[at]!] = at;
    pair[joined] = -1;
    parts--;
    rate(at);
    if (previous[at]! >= 0) rate(previous[at]!);
  }
  return parts;
}

function rank(table: TokenTable, bytes: Uint8Array, start: number, end: number): number {
  return end - start > table.longest ? -1 : table.rankOf(bytes, start, end);
}

/** A binary min-heap of doubles. */
class Heap {
  #items: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#items = new Float64Array(Math.max(16, capacity * 2));
  }

  push(value: number): void {
    if (this.#size === this.#items.length) {
      const larger = new Float64Array(this.#size * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#items[parent]! <= value) break;
      this.#items[at] = this.#items[parent]!;
      at = parent;
    }
    this.#items[at] = value;
  }

  /** The smallest value, or -1 when there is none. */
  pop(): number {
    if (this.#size === 0) return -1;
    const top = this.#items[0]!;
    const last = this.#items[--this.#size]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#items[child + 1]! < this.#items[child]!) child++;
      if (this.#items[child]! >= last) break;
      this.#items[at] = this.#items[child]!;
      at = child;
    }
    this.#items[at] = last;
    return top;
  }
}
