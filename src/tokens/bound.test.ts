import assert from "node:assert/strict";
import fc from "fast-check";
import { readTokenFile } from "../../test/support/tokenFiles.ts";
import { isSurelyAtMost } from "./bound.ts";
import { type Counter, loadCounter } from "./counter.ts";
import { ENCODINGS } from "./encoding.ts";

describe("the bound of a count", () => {
  const counters: Counter[] = [];
  before(async () => {
    for (const encoding of ENCODINGS) counters.push(await loadCounter(encoding, readTokenFile));
  });
  const texts = fc.array(fc.constantFrom("a", "é", "漢", "👍", "\ud83d", "\udc4d", " ", "\0")).map((list) => list.join(""));

  it("is the text's bytes of UTF-8, no more and no less", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = new TextEncoder().encode(text).length;
        assert.equal(isSurelyAtMost(text, bytes), true);
        assert.equal(isSurelyAtMost(text, bytes - 1), false);
      }),
    );
  });

  it("is never below the count", () => {
    fc.assert(
      fc.property(texts, fc.nat(60), (text, tokens) => {
        if (isSurelyAtMost(text, tokens)) for (const { count, encoding } of counters) assert.ok(count(text) <= tokens, encoding);
      }),
    );
  });
});
