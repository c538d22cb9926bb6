import assert from "node:assert/strict";
import fc from "fast-check";
import { Tiktoken } from "js-tiktoken/lite";
import { type Counter, createCounter } from "./counter.ts";
import { ENCODINGS } from "./encoding.ts";
import { loadRanks } from "./tables.ts";

describe("counting tokens exactly", function () {
  this.timeout(60_000);
  const counters = new Map<string, Counter>();
  const referees = new Map<string, (text: string) => number>();

  before(async () => {
    for (const encoding of ENCODINGS) {
      const ranks = await loadRanks(encoding);
      counters.set(encoding, createCounter(encoding, ranks));
      const referee = new Tiktoken(ranks as ConstructorParameters<typeof Tiktoken>[0]);
      referees.set(encoding, (text) => referee.encode(text, [], []).length);
    }
  });

  it("gives the counts that OpenAI publishes", () => {
    // OpenAI Cookbook, "How to count tokens with tiktoken", section 5 (comparing encodings).
    const published: [text: string, cl100k: number, o200k: number][] = [
      ["antidisestablishmentarianism", 6, 6],
      ["2 + 2 = 4", 7, 7],
      ["お誕生日おめでとう", 9, 8],
      ["tiktoken is great!", 6, 6],
    ];
    for (const [text, cl100k, o200k] of published) {
      assert.equal(counters.get("cl100k_base")!.count(text), cl100k, `${text} in cl100k_base`);
      assert.equal(counters.get("o200k_base")!.count(text), o200k, `${text} in o200k_base`);
    }
  });

  const awkward = fc.constantFrom(
    ..."abcdeTHEsSrRvV'’’ſ \t\n\r\n//!?.#0123456789äßéÅñ漢字かな한국어عربעב\u0301\u200d👍🏽é".split(""),
    "the",
    " of",
    "'ll",
    "\r\n",
    "  ",
    "👨‍👩‍👧",
    "<|endoftext|>",
    "Ｆ",
    "ǅ",
    "ʰ",
  );
  const texts = fc.oneof(
    fc.array(awkward, { maxLength: 60 }).map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.lorem(),
  );
  /** What js-tiktoken itself reads otherwise than tiktoken: U+0085 and U+FEFF as space, long s in contractions. */
  const refereeIsRight = (text: string) => !/[\u0085\uFEFF\u017F]/.test(text);

  for (const encoding of ENCODINGS) {
    it(`agrees with the reference encoder on any text (${encoding})`, () => {
      fc.assert(
        fc.property(texts.filter(refereeIsRight), (text) => {
          assert.equal(counters.get(encoding)!.count(text), referees.get(encoding)!(text));
        }),
        { numRuns: 1_500 },
      );
    });
  }

  it("counts the strings of special tokens as plain text", () => {
    assert.equal(counters.get("o200k_base")!.count("<|endoftext|>"), 7);
    assert.ok(counters.get("cl100k_base")!.count("<|im_start|><|endofprompt|>") > 2);
  });

  it("counts a lone surrogate as the replacement character that it is sent as", () => {
    const counter = counters.get("o200k_base")!;
    assert.equal(counter.count("a\ud800b"), counter.count("a\ufffdb"));
  });

  it("ends on a megabyte of anything, also of one letter", () => {
    const counter = counters.get("o200k_base")!;
    const hostile = ["a", "A", " ", "\n", "7", "漢", "\u0301", "!@#", "👨‍👩‍👧", "aB3/+x", "\ud800"];
    for (const unit of hostile) {
      const text = unit.repeat(1_000_000 / unit.length);
      assert.ok(counter.count(text) >= text.length / 128, `a run of ${JSON.stringify(unit)}`);
    }
  });
});
