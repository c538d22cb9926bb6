import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import { inContexts } from "../../test/fixtures/contexts.ts";
import { ENCODINGS, type EncodingName } from "./encoding.ts";
import { SPLITTERS } from "./splitter.ts";

const require = createRequire(import.meta.url);

/** What stands between `[` and `]` for `\\p{CATEGORY}`, in the version of Unicode that the referee has. */
function category(...names: string[]): string {
  return names
    .map((name) => require(`regenerate-unicode-properties/General_Category/${name}.js`).characters)
    .map((set) => set.toString({ hasUnicodeFlag: true }).replace(/^\[(.*)\]$/s, "$1"))
    .join("");
}

/**
 * OpenAI's patterns, written so that JavaScript reads them as tiktoken's engine (Rust's `regex`) does: `\s` is Unicode's White_Space
 * (JavaScript lacks U+0085 and adds U+FEFF), and `(?i:'s)` folds U+017F too.
 */
const SPACE = "\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";
const CONTRACTION = "'(?:[sS\\u017F]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
const [LETTER, NUMBER] = [category("Letter"), category("Number")];
const UPPER = `[${category("Uppercase_Letter", "Titlecase_Letter", "Modifier_Letter", "Other_Letter", "Mark")}]`;
const LOWER = `[${category("Lowercase_Letter", "Modifier_Letter", "Other_Letter", "Mark")}]`;
const FIRST = `[^\\r\\n${LETTER}${NUMBER}]?`;
const others = (newlines: string) =>
  `[${NUMBER}]{1,3}| ?[^${SPACE}${LETTER}${NUMBER}]+[${newlines}]*|[${SPACE}]*[\\r\\n]+|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`;
const PATTERNS: Record<EncodingName, string> = {
  o200k_base: `${FIRST}${UPPER}*${LOWER}+(?:${CONTRACTION})?|${FIRST}${UPPER}+${LOWER}*(?:${CONTRACTION})?|${others("\\r\\n/")}`,
  cl100k_base: `${CONTRACTION}|${FIRST}[${LETTER}]+|${others("\\r\\n")}`,
};
const REGEXES = { o200k_base: new RegExp(PATTERNS.o200k_base, "gu"), cl100k_base: new RegExp(PATTERNS.cl100k_base, "gu") };

function byPattern(encoding: EncodingName, text: string): string[] {
  return text.toWellFormed().match(REGEXES[encoding]) ?? [];
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
const texts = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...characters), { maxLength: 24, size: "max" }).map((list) => list.join("")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 24 }) },
);

describe("splitting text into pieces", function () {
  this.timeout(60_000);

  for (const encoding of ENCODINGS) {
    it(`follows OpenAI's pattern on any text (${encoding})`, () => {
      const check = (text: string) => assert.deepEqual(bySplitter(encoding, text), byPattern(encoding, text));
      fc.assert(fc.property(texts, check), { numRuns: 10_000 });
    });

    it(`follows it with every code point, in ten contexts (${encoding})`, () => {
      for (let page = 0; page < 0x110000; page += 256) {
        const chars = Array.from({ length: 256 }, (_, i) => String.fromCodePoint(page + i)).filter((char) => char.isWellFormed());
        const text = chars.map(inContexts).join("\n");
        assert.equal(bySplitter(encoding, text).join("|"), byPattern(encoding, text).join("|"));
      }
    });
  }

  it("reads white space as tiktoken's engine does, not as JavaScript: NEL is space, a byte order mark is not", () => {
    assert.deepEqual(bySplitter("o200k_base", "\u0085\u0085 a"), ["\u0085\u0085", " a"]);
    assert.deepEqual(bySplitter("o200k_base", " \ufeffa"), [" \ufeff", "a"]);
    assert.deepEqual(bySplitter("o200k_base", "it'\u017f on"), ["it'\u017f", " on"]);
  });
});
