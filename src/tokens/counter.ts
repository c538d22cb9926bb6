import type { EncodingName } from "./encoding.ts";
import { countMerged } from "./merge.ts";
import { nextBoundary, pieceMatcher } from "./splitter.ts";
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

/** The regular expression is run on stretches of this many characters (cut where no piece crosses), so that its stack stays small. */
const STRETCH = 1 << 16;

/** Loads an encoding's table and makes its counter: some 50 ms and 10 MB, so not on a thread that must not stutter. */
export async function loadCounter(encoding: EncodingName): Promise<Counter> {
  return createCounter(encoding, await loadRanks(encoding));
}

export function createCounter(encoding: EncodingName, ranks: Ranks): Counter {
  const table = buildTable(ranks);
  const matcher = pieceMatcher(encoding);
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(4096);

  function countPiece(piece: string): number {
    if (piece.length * 3 > bytes.length) bytes = new Uint8Array(piece.length * 3);
    const size = encoder.encodeInto(piece, bytes).written;
    if (size <= table.longest && table.rankOf(bytes, 0, size) >= 0) return 1;
    return countMerged(table, bytes, size);
  }

  function countStretch(text: string): number {
    let tokens = 0;
    matcher.lastIndex = 0;
    // Every character belongs to some piece, so the matcher fails only at the end.
    for (let match = matcher.exec(text); match; match = matcher.exec(text)) tokens += countPiece(match[0]);
    return tokens;
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
