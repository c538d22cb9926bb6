import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { get_encoding, type Tiktoken, type TiktokenEncoding } from "tiktoken";
import { randomFrom } from "../../sample/random.ts";
import { inContexts } from "../../test/fixtures/contexts.ts";
import { readTokenFile } from "../../test/support/tokenFiles.ts";
import { type Counter, joinCounter, loadCounter } from "./counter.ts";
import { ENCODINGS, type EncodingName } from "./encoding.ts";

/** Encodings that count ordinary text differently. */
const DISTINCT: EncodingName[] = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"];
/** Encodings that the referee does not have, and their equals. */
const EQUALS: Partial<Record<EncodingName, "o200k_base">> = { o200k_harmony: "o200k_base" };

/** The referee is OpenAI's own encoder, in its WASM build. */
describe("counting tokens exactly", function () {
  this.timeout(180_000);
  const counters = new Map<string, Counter>();
  const referees = new Map<string, Tiktoken>();

  before(async () => {
    for (const encoding of ENCODINGS) {
      counters.set(encoding, await loadCounter(encoding, readTokenFile));
      referees.set(encoding, get_encoding((EQUALS[encoding] ?? encoding) as TiktokenEncoding));
    }
  });

  after(() => {
    for (const referee of referees.values()) referee.free();
  });

  function assertExact(encoding: EncodingName, text: string, name = JSON.stringify(text)): void {
    assert.equal(counters.get(encoding)!.count(text), referees.get(encoding)!.encode_ordinary(text).length, name);
  }

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
    "\u0085",
    "\ufeff",
    "\ud800",
    "\u2028",
    "\u3000",
  );
  const texts = fc.oneof(
    fc.array(awkward, { maxLength: 60 }).map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.lorem(),
  );
  for (const encoding of ENCODINGS) {
    it(`agrees with the referee on any text (${encoding})`, () => {
      fc.assert(
        fc.property(texts, (text) => assertExact(encoding, text)),
        { numRuns: 20_000 },
      );
    });
  }

  for (const encoding of DISTINCT) {
    it(`agrees with it on every code point, in ten contexts (${encoding})`, () => {
      const step = 128;
      for (let first = 0; first < 0x110000; first += step) {
        const lines = Array.from({ length: step }, (_, i) => inContexts(String.fromCodePoint(first + i)));
        assertExact(encoding, lines.join("\n"), `from U+${first.toString(16)}`);
      }
    });

    it(`agrees with it on every token, before and behind others (${encoding})`, () => {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      const tokens = referees
        .get(encoding)!
        .token_byte_values()
        .map((bytes) => decoder.decode(Uint8Array.from(bytes)));
      const random = randomFrom(3);
      const any = () => tokens[Math.floor(random() * tokens.length)]!;
      for (let from = 0; from < tokens.length; from += 500) {
        const texts = tokens.slice(from, from + 500).map((token) => `${token}e${token}${any()}${any()}.${any()}${token}`);
        assertExact(encoding, texts.join("\n"), `from token ${from}`);
      }
    });

    it(`agrees with it on real files: prose, code, data (${encoding})`, () => {
      const files = [
        ...globSync("node_modules/*/README.md"),
        ...globSync("node_modules/@types/node/*.d.ts"),
        "package-lock.json",
      ];
      assert.ok(files.length > 100);
      for (const file of files) assertExact(encoding, readFileSync(file, "utf8").slice(0, 100_000), file);
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

  it("agrees with it on long pieces without any boundary, of which parts have no token of their own", () => {
    const random = randomFrom(7);
    const letters = (size: number, from: number, range: number) =>
      Array.from({ length: size }, () => String.fromCodePoint(from + Math.floor(random() * range))).join("");
    for (const encoding of DISTINCT)
      for (const text of [
        letters(6_000, 97, 26),
        letters(6_000, 97, 2),
        letters(3_000, 0x4e00, 20_000),
        letters(3_000, 0x0430, 32),
        letters(3_000, 33, 14),
        letters(1_000, 0x1f600, 64),
        ..."aA \n=漢".split("").map((unit) => unit.repeat(5_001)),
      ])
        assertExact(encoding, text, `${encoding}: ${text.slice(0, 20)}…`);
  });

  it("counts in another thread's tables as in its own", () => {
    const counter = counters.get("cl100k_base")!;
    const joined = joinCounter(counter.share());
    const texts = ["hello world", "x".repeat(300_000), "漢字".repeat(70_000), " and ".repeat(40_000), "hello world"];
    for (const text of texts) assert.equal(joined.count(text), counter.count(text));
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
