import assert from "node:assert/strict";
import fc from "fast-check";
import { estimateTokens, upperBoundTokens } from "./estimate.ts";

describe("estimating tokens", () => {
  it("is exact where the tokenizer is public", () => {
    assert.deepEqual(estimateTokens(120, "gpt-5"), { low: 120, likely: 120, high: 120, exact: true });
  });

  it("is a band, marked as such, where it is not", () => {
    assert.deepEqual(estimateTokens(1000, "anthropic/claude-sonnet-4-5"), { low: 1050, likely: 1180, high: 1350, exact: false });
    for (const model of ["claude-opus-4-7", "claude-opus-5", "claude-sonnet-5"])
      assert.equal(estimateTokens(1000, model).likely, 1500, model);
    for (const model of ["claude-opus-4-5", "claude-3-5-haiku", "claude-haiku-4-5"])
      assert.equal(estimateTokens(1000, model).likely, 1180, model);
    assert.deepEqual(estimateTokens(1000, "openai/gpt-6-sol"), { low: 850, likely: 1000, high: 1150, exact: false });
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom("claude-opus-4-1", "gemini-2.5-pro", "grok-4", ""), (count, model) => {
        const { low, likely, high } = estimateTokens(count, model);
        assert.ok(low <= likely && likely <= high);
      }),
    );
  });

  it("bounds a count by the text's UTF-8 bytes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "é", "漢", "👍", "\ud83d", "\udc4d")).map((list) => list.join("")),
        (text) => assert.equal(upperBoundTokens(text), new TextEncoder().encode(text).length),
      ),
    );
    assert.equal(upperBoundTokens("a\ud800"), 4);
  });
});
