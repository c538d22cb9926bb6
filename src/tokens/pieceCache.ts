/** Bytes of a piece that a cache can hold. Nearly all pieces of Latin text and code are no longer. */
export const CACHED = 12;
/** Bytes that must be readable behind any piece looked up. */
export const PADDING = CACHED;

const SLOTS = 1 << 13;
/** By length, which bits of the first, second and third four bytes belong to the piece. */
const MASKS = [0, 4, 8].map((from) => Int32Array.from({ length: CACHED + 1 }, (_, length) => maskOf(length - from)));
const [FIRST, SECOND, THIRD] = MASKS as [Int32Array, Int32Array, Int32Array];

/**
 * Counts of the pieces seen last, by their bytes as three numbers; each piece has one place, where a later one replaces it. Whole pieces are
 * compared, so what it says is exact. Nine of ten pieces of a text are found here, and need no look into the large tables.
 */
export class PieceCache {
  /** A slot: three numbers of bytes, then the length (from bit 8 on) and the count. */
  readonly #slots = new Int32Array(SLOTS * 4);
  #a = 0;
  #b = 0;
  #c = 0;
  #at = 0;

  /** The count of the piece of `length` (1 to `CACHED`) bytes at `start`, or 0 when it is not known; `put` then takes its count. */
  get(bytes: DataView, start: number, length: number): number {
    const a = bytes.getInt32(start, true) & FIRST[length]!;
    const b = bytes.getInt32(start + 4, true) & SECOND[length]!;
    const c = bytes.getInt32(start + 8, true) & THIRD[length]!;
    const mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ length;
    const at = ((mixed ^ (mixed >>> 15)) & (SLOTS - 1)) << 2;
    const slots = this.#slots;
    const known = slots[at + 3]!;
    if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && known >> 8 === length) return known & 0xff;
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#at = at;
    return 0;
  }

  /** Remembers the count of the piece that `get` was asked for last and did not know. */
  put(length: number, count: number): void {
    const slots = this.#slots;
    const at = this.#at;
    slots[at] = this.#a;
    slots[at + 1] = this.#b;
    slots[at + 2] = this.#c;
    slots[at + 3] = (length << 8) | count;
  }
}

/** The lowest `bytes` bytes of a 32-bit number. */
function maskOf(bytes: number): number {
  return bytes >= 4 ? -1 : bytes <= 0 ? 0 : (1 << (8 * bytes)) - 1;
}
