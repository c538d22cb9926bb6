import assert from "node:assert/strict";
import fc from "fast-check";
import { ENCODINGS, type EncodingName } from "./encoding.ts";
import { SPLITTERS } from "./splitter.ts";

/**
 * OpenAI's patterns (every code point in them: counter.test.ts), written so that JavaScript reads them as tiktoken's engine (Rust's `regex`) does: `\s` is Unicode's White_Space
 * (JavaScript lacks U+0085 and adds U+FEFF), and `(?i:'s)` folds U+017F too.
 */
const SPACE = "\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";
const CONTRACTION = "'(?:[sS\\u017F]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const FIRST = "[^\\r\\n\\p{L}\\p{N}]?";
const others = (newlines: string) =>
  `\\p{N}{1,3}| ?[^${SPACE}\\p{L}\\p{N}]+[${newlines}]*|[${SPACE}]*[\\r\\n]+|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`;
const PATTERNS: Record<EncodingName, string> = {
  o200k_base: `${FIRST}${UPPER}*${LOWER}+(?:${CONTRACTION})?|${FIRST}${UPPER}+${LOWER}*(?:${CONTRACTION})?|${others("\\r\\n/")}`,
  cl100k_base: `${CONTRACTION}|${FIRST}\\p{L}+|${others("\\r\\n")}`,
};

function byPattern(encoding: EncodingName, text: string): string[] {
  return text.toWellFormed().match(new RegExp(PATTERNS[encoding], "gu")) ?? [];
}

function bySplitter(encoding: EncodingName, text: string): string[] {
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = SPLITTERS[encoding](bytes, start, bytes.length);
    pieces.push(bytes.toString("utf8", start, end));
    start = end;
  }
  return pieces;
}

const characters = [
  ..."aszTREVmldLABéÅßſ'’ \t\n\r/!.#019½٣漢かー한عЖжǅʰΩ👍",
  "\u0301",
  "\u200d",
  "\u0085",
  "\ufeff",
  "\u00a0",
  "\u2003",
  "\u2028",
  "\u3000",
  "\ufffd",
  "\u0000",
  "\ud800",
];
const texts = fc.array(fc.constantFrom(...characters), { maxLength: 24, size: "max" }).map((list) => list.join(""));

describe("splitting text into pieces", function () {
  this.timeout(60_000);

  for (const encoding of ENCODINGS) {
    it(`follows OpenAI's pattern on any text (${encoding})`, () => {
      const check = (text: string) => assert.deepEqual(bySplitter(encoding, text), byPattern(encoding, text));
      fc.assert(fc.property(texts, check), { numRuns: 10_000 });
    });
  }

  it("reads white space as tiktoken's engine does, not as JavaScript: NEL is space, a byte order mark is not", () => {
    assert.deepEqual(bySplitter("o200k_base", "\u0085\u0085 a"), ["\u0085\u0085", " a"]);
    assert.deepEqual(bySplitter("o200k_base", " \ufeffa"), [" \ufeff", "a"]);
    assert.deepEqual(bySplitter("o200k_base", "it'\u017f on"), ["it'\u017f", " on"]);
  });
});
