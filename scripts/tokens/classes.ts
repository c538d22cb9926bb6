import { createRequire } from "node:module";
import { LETTER, LOWER, NEWLINE, NUMBER, SPACE, UPPER } from "../../src/tokens/wasm/kinds.ts";

const require = createRequire(import.meta.url);

/**
 * General categories, and what they are in the encodings' patterns. From `regenerate-unicode-properties` in the version that has Unicode 16,
 * as OpenAI's tiktoken 1.0.22 does (`regex-syntax` 0.8.5): the host's own `\p{}` differs for some 4,700 code points.
 */
const CATEGORIES: [classes: number, ...categories: string[]][] = [
  [LETTER | UPPER | LOWER, "Other_Letter", "Modifier_Letter"],
  [LETTER | LOWER, "Lowercase_Letter"],
  [LETTER | UPPER, "Uppercase_Letter", "Titlecase_Letter"],
  [UPPER | LOWER, "Mark"],
  [NUMBER, "Number"],
];

/** Unicode's White_Space, which is what `\s` means to Rust's `regex`: with U+0085 and without U+FEFF, unlike JavaScript's. */
const WHITE_SPACE = "Binary_Property/White_Space";

const BLOCK = 128;

/** The classes of all code points in two stages: which block each 128 of them have, then the blocks, each once. */
export function packClasses(): { blocks: Uint8Array; classes: Uint8Array } {
  const all = classesOfAll();
  const blocks = new Uint8Array(all.length / BLOCK);
  const known = new Map<string, number>();
  const distinct: Uint8Array[] = [];
  for (let index = 0; index < blocks.length; index++) {
    const block = all.subarray(index * BLOCK, (index + 1) * BLOCK);
    const key = block.join();
    if (!known.has(key)) known.set(key, distinct.push(block) - 1);
    blocks[index] = known.get(key)!;
  }
  if (distinct.length > 256) throw new Error(`${distinct.length} blocks of classes do not fit into a byte`);
  return { blocks, classes: Buffer.concat(distinct) };
}

function classesOfAll(): Uint8Array {
  const all = new Uint8Array(0x110000);
  for (const [classes, ...categories] of CATEGORIES)
    for (const category of categories) for (const code of codePoints(`General_Category/${category}`)) all[code] = classes;
  for (const code of codePoints(WHITE_SPACE)) all[code] = code === 0x0a || code === 0x0d ? SPACE | NEWLINE : SPACE;
  return all;
}

function codePoints(property: string): number[] {
  return require(`regenerate-unicode-properties/${property}.js`).characters.toArray();
}
