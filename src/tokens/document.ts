import { type Block, BlockList, type Place } from "./blocks.ts";
import { isSafeBoundary, nextBoundary } from "./boundary.ts";
import type { Counter } from "./counter.ts";
import type { EncodingName } from "./encoding.ts";

/** One change as VS Code reports it: offsets in UTF-16 units into the text before the event, of which several may be in one event. */
export interface TextChange {
  rangeOffset: number;
  rangeLength: number;
  text: string;
}

/** The exact count of a text that is being edited. An edit costs a count of the words around it, not of the text. */
export interface DocumentCounter {
  /** Characters of the text, in UTF-16 units. */
  length(): number;
  /** Tokens of the whole text. */
  total(): number;
  /** Tokens of the characters `[start, end)` taken alone. */
  count(start: number, end: number): number;
  /** Applies the changes of one event, in any order. */
  apply(changes: readonly TextChange[]): void;
}

/** Characters of a block, about: small enough that to count one end of it is nothing, large enough that there are few. */
const BLOCK = 2048;
/** Blocks of a group, at most. */
const GROUP = 128;

/** `blockSize` is the size of a block in characters and `groupSize` that of a group in blocks, smaller in tests. */
export function createDocumentCounter(counter: Counter, text: string, blockSize = BLOCK, groupSize = GROUP): DocumentCounter {
  const { encoding } = counter;
  let blocks = new BlockList(split(text), groupSize);

  /** Cuts a text into counted blocks at boundaries that no piece crosses. */
  function split(whole: string): Block[] {
    const parts: Block[] = [];
    for (let start = 0; start < whole.length; ) {
      const end = nextBoundary(encoding, whole, start + blockSize);
      const part = whole.slice(start, end);
      parts.push({ text: part, tokens: counter.count(part) });
      start = end;
    }
    return parts;
  }

  function replace({ rangeOffset, rangeLength, text: inserted }: TextChange): void {
    // From the character before to the one behind: both stay, so the blocks' outer ends remain boundaries.
    const rangeEnd = rangeOffset + rangeLength;
    const first = blocks.find(Math.max(0, rangeOffset - 1));
    if (!first) {
      blocks = new BlockList(split(inserted), groupSize);
      return;
    }
    const last = blocks.find(rangeEnd) ?? blocks.find(rangeEnd - 1) ?? first;
    const head = blocks.at(first).text.slice(0, rangeOffset - first.start);
    const tail = blocks.at(last).text.slice(rangeEnd - last.start);
    if (head.length + inserted.length + tail.length > 2 * blockSize) {
      blocks.replace(first, last, split(head + inserted + tail));
      return;
    }
    // Between the nearest boundaries on both sides that the edit leaves alone, what stood there is replaced by what stands there now.
    const from = boundaryBefore(encoding, head);
    const to = boundaryIn(encoding, tail);
    const gone = countBetween(first, first.start + from, last, rangeEnd + to);
    const come = counter.count(head.slice(from) + inserted + tail.slice(0, to));
    const before = blocks.at(first).tokens + (isSame(first, last) ? 0 : blocks.between(first, last) + blocks.at(last).tokens);
    put(first, last, { text: head + inserted + tail, tokens: before - gone + come });
  }

  /** Puts a block in the place of those from `first` to `last`; a small one together with the block behind, so that there never are many. */
  function put(first: Place, last: Place, { text, tokens }: Block): void {
    const next = text.length < blockSize / 4 ? blocks.find(last.start + blocks.at(last).text.length) : undefined;
    if (next) {
      const behind = blocks.at(next);
      blocks.replace(first, next, [{ text: text + behind.text, tokens: tokens + behind.tokens }]);
    } else blocks.replace(first, last, text.length > 0 ? [{ text, tokens }] : []);
  }

  /** Tokens of `[start, end)`, which begins in the block `first` and ends in or with the block `last`. */
  function countBetween(first: Place, start: number, last: Place, end: number): number {
    if (isSame(first, last)) return counter.count(blocks.at(first).text.slice(start - first.start, end - first.start));
    const head = counter.count(blocks.at(first).text.slice(start - first.start));
    const tail = counter.count(blocks.at(last).text.slice(0, end - last.start));
    return head + blocks.between(first, last) + tail;
  }

  return {
    length: () => blocks.length,
    total: () => blocks.tokens,
    count(start, end) {
      const first = blocks.find(start);
      const last = blocks.find(Math.min(end, blocks.length) - 1);
      return first && last && start < end ? countBetween(first, start, last, end) : 0;
    },
    apply(changes) {
      // From the end to the start, so that no change moves another's offset.
      for (const change of changes.toSorted((a, b) => b.rangeOffset - a.rangeOffset)) replace(change);
    },
  };
}

function isSame(a: Place, b: Place): boolean {
  return a.start === b.start;
}

/** The last boundary inside `text`, or its start. */
function boundaryBefore(encoding: EncodingName, text: string): number {
  for (let at = text.length - 1; at > 0; at--) if (isSafeBoundary(encoding, text, at)) return at;
  return 0;
}

/** The first boundary inside `text`, or its end. */
function boundaryIn(encoding: EncodingName, text: string): number {
  return nextBoundary(encoding, text, 1);
}
