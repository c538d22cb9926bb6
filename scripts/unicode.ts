import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./root.ts";

const require = createRequire(import.meta.url);

/** Where the table lies that `classes.ts` reads. */
export const unicodeTable = join(root, "src", "tokens", "unicode.ts");

/** Letters of the table, and the general categories that each stands for. White space is `S`, line ends are `R`, all else is `.`. */
const KINDS: [letter: string, ...categories: string[]][] = [
  ["O", "Other_Letter", "Modifier_Letter"],
  ["L", "Lowercase_Letter"],
  ["U", "Uppercase_Letter", "Titlecase_Letter"],
  ["M", "Mark"],
  ["N", "Number"],
];

/** Unicode's White_Space, which is what `\s` means to Rust's `regex`: with U+0085 and without U+FEFF, unlike JavaScript's. */
const WHITE_SPACE = "Binary_Property/White_Space";

/**
 * The source of `src/tokens/unicode.ts`: what each code point is to the encodings' patterns. From `regenerate-unicode-properties`, in the version
 * that has Unicode 16, as OpenAI's tiktoken 1.0.22 does (`regex-syntax` 0.8.5): the host's own `\p{}` differs for some 4,700 code points.
 */
export function unicodeSource(): string {
  const version: string = require("regenerate-unicode-properties/unicode-version.js");
  const kinds = new Array<string>(0x110000).fill(".");
  for (const [letter, ...categories] of KINDS)
    for (const category of categories) for (const code of codePoints(`General_Category/${category}`)) kinds[code] = letter;
  for (const code of codePoints(WHITE_SPACE)) kinds[code] = code === 0x0a || code === 0x0d ? "R" : "S";
  return `// Written by scripts/unicode.ts: run it again instead of changing this.
/** The version of Unicode that the encodings' referee has. */
export const UNICODE_VERSION = "${version}";
/** Runs of code points from U+0000 on: how many (base 36), then what they are (see classes.ts). */
export const RUNS =
  "${runsOf(kinds)}";
`;
}

function codePoints(property: string): number[] {
  return require(`regenerate-unicode-properties/${property}.js`).characters.toArray();
}

function runsOf(kinds: string[]): string {
  let runs = "";
  for (let start = 0; start < kinds.length; ) {
    let end = start + 1;
    while (end < kinds.length && kinds[end] === kinds[start]) end++;
    runs += `${(end - start).toString(36)}${kinds[start]}`;
    start = end;
  }
  return runs;
}

if (import.meta.main) writeFileSync(unicodeTable, unicodeSource());
