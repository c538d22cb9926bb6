import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import { inContexts } from "../../test/fixtures/contexts.ts";
import { readTokenFile } from "../../test/support/tokenFiles.ts";
import { loadCounter } from "./counter.ts";

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
const PLAIN_CONTRACTION = "'s|'t|'re|'ve|'m|'ll|'d";
const PATTERNS = {
  o200k_base: `${FIRST}${UPPER}*${LOWER}+(?:${CONTRACTION})?|${FIRST}${UPPER}+${LOWER}*(?:${CONTRACTION})?|${others("\\r\\n/")}`,
  cl100k_base: `${CONTRACTION}|${FIRST}[${LETTER}]+|${others("\\r\\n")}`,
  gpt2: `${PLAIN_CONTRACTION}| ?[${LETTER}]+| ?[${NUMBER}]+| ?[^${SPACE}${LETTER}${NUMBER}]+|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`,
};
type Pattern = keyof typeof PATTERNS;

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

  for (const [encoding, pattern] of Object.entries(PATTERNS) as [Pattern, string][]) {
    const regex = new RegExp(pattern, "gu");
    const byPattern = (text: string) => text.toWellFormed().match(regex) ?? [];
    let bySplitter: (text: string) => string[];
    before(async () => {
      bySplitter = (await loadCounter(encoding, readTokenFile)).split;
    });

    it(`follows OpenAI's pattern on any text (${encoding})`, () => {
      const check = (text: string) => assert.deepEqual(bySplitter(text), byPattern(text));
      fc.assert(fc.property(texts, check), { numRuns: 10_000 });
    });

    it(`follows it with every code point, in ten contexts (${encoding})`, () => {
      for (let page = 0; page < 0x110000; page += 256) {
        const chars = Array.from({ length: 256 }, (_, i) => String.fromCodePoint(page + i)).filter((char) => char.isWellFormed());
        const text = chars.map(inContexts).join("\n");
        assert.equal(bySplitter(text).join("|"), byPattern(text).join("|"));
      }
    });

    it(`follows it wherever in 16 bytes a piece ends, and whatever ends it (${encoding})`, () => {
      const ends = [..."aA1 \n\t'/!é漢\u0301\u00a0", "'s", "'LL", "\r\n", "  ", ""];
      for (const unit of [..."aA1 \n!", "aB", "\t "])
        for (let length = 1; length <= 20; length++)
          for (const first of ["", " ", "'", "\n", "7"])
            for (const end of ends) {
              const text = `${first}${unit.repeat(length)}${end}x`;
              assert.deepEqual(bySplitter(text), byPattern(text));
            }
    });
  }

  it("reads white space as tiktoken's engine does, not as JavaScript: NEL is space, a byte order mark is not", async () => {
    const { split } = await loadCounter("o200k_base", readTokenFile);
    assert.deepEqual(split("\u0085\u0085 a"), ["\u0085\u0085", " a"]);
    assert.deepEqual(split(" \ufeffa"), [" \ufeff", "a"]);
    assert.deepEqual(split("it'\u017f on"), ["it'\u017f", " on"]);
  });
});
