import type { TokenTable } from "./tables.ts";

/** Pieces up to this many bytes are merged by looking at all pairs each time; longer ones through a heap. */
const SHORT = 48;
/** A heap's key: rank * 2^32 + position, so the lowest rank comes first, leftmost among equals; exact in a double. */
const POSITION = 2 ** 32;
/** The rank of a pair that is no token: after all others. */
const NONE = 2 ** 31 - 1;

/**
 * How many tokens byte-pair encoding leaves of `bytes[start, end)`: again and again it joins the adjacent pair whose join has the lowest rank,
 * the leftmost among equals. O(n log n) whatever the input.
 */
export function countMerged(table: TokenTable, bytes: Uint8Array, start: number, end: number): number {
  return end - start <= SHORT ? mergeShort(table, bytes, start, end) : mergeLong(table, bytes.subarray(start, end), end - start);
}

const bounds = new Int32Array(SHORT + 1);
const pairs = new Int32Array(SHORT + 1);

function mergeShort(table: TokenTable, bytes: Uint8Array, start: number, end: number): number {
  // Part i is bytes[bounds[i], bounds[i + 1]); pairs[i] is the rank of part i joined with the next, NONE for the last.
  let parts = end - start;
  for (let i = 0; i < parts; i++) {
    bounds[i] = start + i;
    pairs[i] = i + 1 < parts ? rank(table, bytes, start + i, start + i + 2) : NONE;
  }
  bounds[parts] = end;
  for (;;) {
    let best = 0;
    for (let i = 1; i < parts; i++) if (pairs[i]! < pairs[best]!) best = i;
    if (pairs[best] === NONE) return parts;
    parts--;
    for (let i = best + 1; i < parts; i++) {
      bounds[i] = bounds[i + 1]!;
      pairs[i] = pairs[i + 1]!;
    }
    bounds[parts] = end;
    pairs[best] = best + 1 < parts ? rank(table, bytes, bounds[best]!, bounds[best + 2]!) : NONE;
    if (best > 0) pairs[best - 1] = rank(table, bytes, bounds[best - 1]!, bounds[best + 1]!);
  }
}

function mergeLong(table: TokenTable, bytes: Uint8Array, size: number): number {
  // Parts are a doubly linked list over their start positions; `pair[i]` is the rank of part i joined with the next.
  const next = new Int32Array(size + 1);
  const previous = new Int32Array(size + 1);
  const pair = new Int32Array(size).fill(NONE);
  const heap = new Heap(size);
  for (let i = 0; i <= size; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  const rate = (at: number) => {
    const middle = next[at]!;
    pair[at] = middle < size ? rank(table, bytes, at, next[middle]!) : NONE;
    if (pair[at] !== NONE) heap.push(pair[at]! * POSITION + at);
  };
  for (let i = 0; i + 1 < size; i++) rate(i);
  let parts = size;
  for (let key = heap.pop(); key >= 0; key = heap.pop()) {
    const at = key % POSITION;
    if (pair[at] !== Math.floor(key / POSITION)) continue; // joined or rated anew since
    const joined = next[at]!;
    next[at] = next[joined]!;
    previous[next[at]!] = at;
    pair[joined] = NONE;
    parts--;
    rate(at);
    if (previous[at]! >= 0) rate(previous[at]!);
  }
  return parts;
}

function rank(table: TokenTable, bytes: Uint8Array, start: number, end: number): number {
  const found = end - start > table.longest ? -1 : table.rankOf(bytes, start, end);
  return found < 0 ? NONE : found;
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
