import { nextBoundary } from "./boundary.ts";
import type { EncodingName } from "./encoding.ts";
import { createMerger } from "./merge.ts";
import { CACHED, PADDING, PieceCache } from "./pieceCache.ts";
import { SPLITTERS } from "./splitter.ts";
import { buildTable, loadRanks, type Ranks } from "./tables.ts";

/** Counts the tokens of one encoding, exactly as OpenAI's tiktoken does with ordinary text. */
export interface Counter {
  readonly encoding: EncodingName;
  /**
   * Tokens of `text`. Never throws: strings such as `<|endoftext|>` are plain text, a lone surrogate counts as U+FFFD.
   * Time grows about linearly with the text, whatever it is.
   */
  count(text: string): number;
}

/** Text is encoded in stretches of about this many characters (cut where no piece crosses), so that one small buffer does. */
const STRETCH = 1 << 14;

/** Loads an encoding's table and makes its counter: some 0.1 s and 12 MB, so not on a thread that must not stutter. */
export async function loadCounter(encoding: EncodingName): Promise<Counter> {
  return createCounter(encoding, await loadRanks(encoding));
}

export function createCounter(encoding: EncodingName, ranks: Ranks): Counter {
  const table = buildTable(ranks);
  const merger = createMerger(table);
  const pieceEnd = SPLITTERS[encoding];
  const cache = new PieceCache();
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(STRETCH * 4 + PADDING);

  function countStretch(text: string): number {
    // Never more than 3 bytes for a UTF-16 unit. Only a run with no boundary in it outgrows the buffer.
    const most = text.length * 3 + PADDING;
    const bytes = most <= buffer.length ? buffer : new Uint8Array(most);
    const view = new DataView(bytes.buffer);
    const size = encoder.encodeInto(text, bytes).written;
    let tokens = 0;
    for (let start = 0; start < size; ) {
      const end = pieceEnd(bytes, start, size);
      tokens += end - start <= CACHED ? countShort(bytes, view, start, end) : countPiece(bytes, start, end);
      start = end;
    }
    return tokens;
  }

  function countShort(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const known = cache.get(view, start, end - start);
    if (known > 0) return known;
    const count = countPiece(bytes, start, end);
    cache.put(end - start, count);
    return count;
  }

  function countPiece(bytes: Uint8Array, start: number, end: number): number {
    return table.find(bytes, start, end) >= 0 ? 1 : merger.count(bytes, start, end);
  }

  return {
    encoding,
    count(text) {
      if (text.length <= STRETCH) return countStretch(text);
      let tokens = 0;
      for (let start = 0; start < text.length; ) {
        const end = nextBoundary(text, start + STRETCH);
        tokens += countStretch(text.slice(start, end));
        start = end;
      }
      return tokens;
    },
  };
}
