import assert from "node:assert/strict";
import fc from "fast-check";
import type { Counted } from "./estimate/belief.ts";
import { observe, UNCALIBRATED } from "./estimate/calibration.ts";
import { contentShares } from "./estimate/contentClass.ts";
import { estimateInput, estimateTokens } from "./estimate.ts";

const counted = (tokens: number, text = ""): Counted => ({ tokens, shares: contentShares([text]) });

describe("estimating tokens", () => {
  it("is exact where the tokenizer is public", () => {
    assert.deepEqual(estimateTokens(counted(120), "gpt-5"), { low: 120, likely: 120, high: 120, exact: true });
    assert.deepEqual(estimateInput(counted(120), 7, "gpt-5"), { low: 127, likely: 127, high: 127, exact: true });
  });

  it("is a band, marked as such, where it is not", () => {
    const { low, likely, high, exact } = estimateTokens(counted(100_000), "anthropic/claude-sonnet-4-5");
    assert.equal(exact, false);
    assert.equal(likely, 113_000);
    assert.ok(Math.abs(low - 113_000 / 1.2) < 300 && Math.abs(high - 113_000 * 1.2) < 300, `${low}..${high}`);
    assert.equal(estimateTokens(counted(1000), "openai/gpt-6-sol").likely, 1000);
  });

  it("depends on what the text is made of", () => {
    const of = (text: string) => estimateTokens(counted(1000, text), "gemini-2.5-pro").likely;
    assert.ok(of("2026-11-24 10:00:00 17 250 91 3") > 1.3 * of("It is what it is, and that is all."));
    assert.ok(of("今天天气很好我们去公园散步") < 0.8 * of("It is what it is, and that is all."));
  });

  it("widens for short texts, and is nothing for nothing", () => {
    const width = (tokens: number) => {
      const { low, high } = estimateTokens(counted(tokens), "claude-opus-5");
      return high / low;
    };
    assert.ok(width(50) > width(5000));
    assert.deepEqual(estimateTokens(counted(0), "claude-opus-5"), { low: 0, likely: 0, high: 0, exact: false });
  });

  it("has a band in proportion for a word too: what stands around a text is so many tokens, not so many times the text", () => {
    for (const model of ["claude-opus-5", "gemini-2.5-pro", "grok-4", "llama-3.3-70b"])
      for (const frame of [0, 7]) {
        const { low, likely, high } = estimateInput(counted(1, "hi"), frame, model);
        assert.ok(low <= likely && high < likely + 2_000, `${model}: ${low}..${high}`);
      }
  });

  it("follows what was learned, for requests their overhead too", () => {
    let calibration = UNCALIBRATED;
    for (let i = 0; i < 60; i++) {
      const tokens = [40, 400, 4_000][i % 3]!;
      calibration = observe(calibration, "grok-4", { ...counted(tokens), frame: 7 }, Math.round(tokens * 1.2) + 683);
    }
    assert.ok(Math.abs(estimateTokens(counted(4_000), "grok-4", calibration).likely - 4_800) < 100);
    const { low, likely, high } = estimateInput(counted(40), 7, "grok-4", calibration);
    assert.ok(Math.abs(likely - 731) < 40, String(likely));
    assert.ok(low <= 731 && 731 <= high);
  });

  it("is never inverted, negative or not a number, whatever was counted", () => {
    const shares = fc.tuple(...Array.from({ length: 5 }, () => fc.nat(100))).map(([prose, code, data, cjk, other]) => {
      const sum = prose! + code! + data! + cjk! + other! || 1;
      return { prose: prose! / sum, code: code! / sum, data: data! / sum, cjk: cjk! / sum, other: other! / sum, layout: 0 };
    });
    const model = fc.constantFrom("claude-opus-4-1", "claude-opus-4-7", "gemini-2.5-pro", "grok-4", "llama-3.3-70b", "");
    fc.assert(
      fc.property(fc.nat(10_000_000), shares, fc.nat(1_000), model, (tokens, shares, frame, model) => {
        for (const estimate of [estimateTokens({ tokens, shares }, model), estimateInput({ tokens, shares }, frame, model)]) {
          assert.ok(0 <= estimate.low && estimate.low <= estimate.likely && estimate.likely <= estimate.high);
        }
      }),
    );
  });
});
