import { nextBoundary } from "./boundary.ts";
import type { Counter } from "./counter.ts";

/** One change as VS Code reports it: offsets in UTF-16 units into the text before the event, of which several may be in one event. */
export interface TextChange {
  rangeOffset: number;
  rangeLength: number;
  text: string;
}

/** The exact count of a text that is being edited. An edit costs a recount of the two or three blocks around it, not of the text. */
export interface DocumentCounter {
  /** Tokens of the whole text. */
  total(): number;
  /** Tokens of the characters `[start, end)` taken alone. */
  count(start: number, end: number): number;
  /** Applies the changes of one event, in any order. */
  apply(changes: readonly TextChange[]): void;
}

/** Characters of a block, about: large enough that there are few, small enough that recounting three is nothing. */
const BLOCK = 4096;

interface Block {
  text: string;
  tokens: number;
}

/** `blockSize` is the size of a block in characters, smaller in tests. */
export function createDocumentCounter(counter: Counter, text: string, blockSize = BLOCK): DocumentCounter {
  let blocks = split(counter, text, blockSize);
  let tokens = sum(blocks);

  function replace({ rangeOffset, rangeLength, text: inserted }: TextChange): void {
    const [first, firstStart] = find(blocks, rangeOffset);
    const [last, lastStart] = find(blocks, rangeOffset + rangeLength);
    // The block before is counted again too: its end is no boundary any more when what followed it has changed.
    const from = Math.max(0, first - 1);
    const head = blocks.slice(from, first).map((block) => block.text);
    const before = head.join("") + (blocks[first]?.text.slice(0, rangeOffset - firstStart) ?? "");
    const after = blocks[last]?.text.slice(rangeOffset + rangeLength - lastStart) ?? "";
    const fresh = split(counter, before + inserted + after, blockSize);
    tokens += sum(fresh) - sum(blocks.slice(from, last + 1));
    blocks = blocks.toSpliced(from, last + 1 - from, ...fresh);
  }

  return {
    total: () => tokens,
    count(start, end) {
      const [first, firstStart] = find(blocks, start);
      const [last, lastStart] = find(blocks, end);
      if (first >= blocks.length || start >= end) return 0;
      if (first === last) return counter.count(blocks[first]!.text.slice(start - firstStart, end - lastStart));
      const head = counter.count(blocks[first]!.text.slice(start - firstStart));
      const tail = counter.count(blocks[last]?.text.slice(0, end - lastStart) ?? "");
      return head + sum(blocks.slice(first + 1, last)) + tail;
    },
    apply(changes) {
      // From the end to the start, so that no change moves another's offset.
      for (const change of changes.toSorted((a, b) => b.rangeOffset - a.rangeOffset)) replace(change);
    },
  };
}

/** Cuts a text into counted blocks at boundaries that no piece crosses. */
function split(counter: Counter, text: string, size: number): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < text.length; ) {
    const end = nextBoundary(text, start + size);
    const part = text.slice(start, end);
    blocks.push({ text: part, tokens: counter.count(part) });
    start = end;
  }
  return blocks;
}

/** The block that holds the character at `offset`, and where it starts; one past the last at the end of the text. */
function find(blocks: readonly Block[], offset: number): [index: number, start: number] {
  let start = 0;
  for (let index = 0; index < blocks.length; index++) {
    const end = start + blocks[index]!.text.length;
    if (offset < end) return [index, start];
    start = end;
  }
  return [blocks.length, start];
}

function sum(blocks: readonly Block[]): number {
  return blocks.reduce((total, block) => total + block.tokens, 0);
}
