import assert from "node:assert/strict";
import { estimateInput, estimateTokens } from "../../tokens/estimate.ts";
import { assumed, exactly } from "../../wire/tokenRange.ts";
import { inputOf, partOf } from "./estimate.ts";

describe("the input of a request", () => {
  const counted = { tokens: 100, shares: { prose: 1, code: 0, data: 0, cjk: 0, other: 0, layout: 0 } };

  it("is its texts and what no tokenizer counts, bound by bound", () => {
    assert.deepEqual(inputOf(counted, assumed(1, 2, 3), "gpt-5"), { low: 101, likely: 102, high: 103, exact: false });
    const { low, likely, high } = estimateInput(counted, 20, "claude-opus-5");
    assert.deepEqual(inputOf(counted, assumed(15, 20, 30), "claude-opus-5"), {
      low: low - 5,
      likely,
      high: high + 10,
      exact: false,
    });
    assert.equal(inputOf({ ...counted, tokens: 0 }, assumed(0, 500, 500), "claude-opus-5").low, 0);
  });

  it("has parts without what goes around the whole, bound by bound", () => {
    assert.deepEqual(partOf(counted, assumed(1, 2, 3), "gpt-5"), { low: 101, likely: 102, high: 103, exact: false });
    const { low, likely, high } = estimateTokens(counted, "claude-opus-5");
    assert.deepEqual(partOf(counted, exactly(20), "claude-opus-5"), {
      ...{ low: low + 20, likely: likely + 20, high: high + 20, exact: false },
    });
    const nothing = { ...counted, tokens: 0 };
    assert.equal(partOf(nothing, exactly(0), "claude-opus-5").likely, 0);
    assert.ok(inputOf(nothing, exactly(0), "claude-opus-5").likely >= 0);
  });

  it("is exact only where both are", () => {
    assert.deepEqual(inputOf(counted, exactly(7), "gpt-5"), { low: 107, likely: 107, high: 107, exact: true });
    assert.equal(inputOf(counted, assumed(7, 7, 7), "gpt-5").exact, false);
    assert.equal(inputOf(counted, { low: 85, likely: 765, high: 1445, documented: true }, "gpt-5").exact, false);
    assert.equal(inputOf(counted, exactly(7), "claude-opus-5").exact, false);
  });
});
