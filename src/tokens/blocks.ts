/** A stretch of a text with its count. Blocks meet where no piece crosses, so counts add up. */
export interface Block {
  text: string;
  tokens: number;
}

/** Where a block is. */
export interface Place {
  group: number;
  index: number;
  /** The offset of its first character in the text, in UTF-16 units. */
  start: number;
}

interface Group {
  blocks: Block[];
  length: number;
  tokens: number;
}

/**
 * The blocks of a text, in order, in groups that know their sums: what is asked or changed at one place costs a look at each group and at the
 * blocks of one or two, some hundred steps in a text of 100 MB.
 */
export class BlockList {
  readonly #most: number;
  #groups: Group[];

  /** `most`: blocks of a group. */
  constructor(blocks: readonly Block[], most: number) {
    this.#most = most;
    this.#groups = grouped(blocks, most);
  }

  /** Characters of the text. */
  get length(): number {
    return sum(this.#groups, (group) => group.length);
  }

  get tokens(): number {
    return sum(this.#groups, (group) => group.tokens);
  }

  at({ group, index }: Place): Block {
    return this.#groups[group]!.blocks[index]!;
  }

  /** The block that holds the character at `offset`; undefined behind the last. */
  find(offset: number): Place | undefined {
    let start = 0;
    for (const [group, { length, blocks }] of this.#groups.entries()) {
      if (offset >= start + length) {
        start += length;
        continue;
      }
      for (const [index, { text }] of blocks.entries()) {
        if (offset < start + text.length) return { group, index, start };
        start += text.length;
      }
    }
    return undefined;
  }

  /** The tokens of the blocks between two, both excluded. */
  between(first: Place, last: Place): number {
    const count = (group: number, from: number, to?: number) =>
      sum(this.#groups[group]!.blocks.slice(from, to), (block) => block.tokens);
    if (first.group === last.group) return count(first.group, first.index + 1, last.index);
    const whole = sum(this.#groups.slice(first.group + 1, last.group), (group) => group.tokens);
    return count(first.group, first.index + 1) + whole + count(last.group, 0, last.index);
  }

  /** Puts `blocks` in the place of those from `first` to `last`, both included. */
  replace(first: Place, last: Place, blocks: readonly Block[]): void {
    const before = this.#groups[first.group]!.blocks.slice(0, first.index);
    const after = this.#groups[last.group]!.blocks.slice(last.index + 1);
    let [from, to] = [first.group, last.group + 1];
    const fresh = [...before, ...blocks, ...after];
    // A small group joins its neighbour, so that there never are many.
    if (fresh.length < this.#most / 4 && to < this.#groups.length) fresh.push(...this.#groups[to++]!.blocks);
    else if (fresh.length < this.#most / 4 && from > 0) fresh.unshift(...this.#groups[--from]!.blocks);
    this.#groups.splice(from, to - from, ...grouped(fresh, this.#most));
  }
}

/** Groups of equal size, none larger than `most`. */
function grouped(blocks: readonly Block[], most: number): Group[] {
  const size = Math.ceil(blocks.length / Math.ceil(blocks.length / most));
  const groups: Group[] = [];
  for (let start = 0; start < blocks.length; start += size) groups.push(groupOf(blocks.slice(start, start + size)));
  return groups;
}

function groupOf(blocks: Block[]): Group {
  return { blocks, length: sum(blocks, ({ text }) => text.length), tokens: sum(blocks, ({ tokens }) => tokens) };
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of list) total += of(item);
  return total;
}
