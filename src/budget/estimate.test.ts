import assert from "node:assert/strict";
import { assumed, exactly } from "../wire/tokenRange.ts";
import { inputOf } from "./estimate.ts";

describe("the input of a request", () => {
  const counted = { low: 90, likely: 100, high: 120, exact: false };
  const exact = { low: 100, likely: 100, high: 100, exact: true };

  it("is its texts and what no tokenizer counts, bound by bound", () => {
    assert.deepEqual(inputOf(counted, assumed(1, 2, 3)), { low: 91, likely: 102, high: 123, exact: false });
  });

  it("is exact only where both are", () => {
    assert.deepEqual(inputOf(exact, exactly(7)), { low: 107, likely: 107, high: 107, exact: true });
    assert.equal(inputOf(exact, assumed(7, 7, 7)).exact, false);
    assert.equal(inputOf(exact, { low: 85, likely: 765, high: 1445, documented: true }).exact, false);
    assert.equal(inputOf(counted, exactly(7)).exact, false);
  });
});
