import assert from "node:assert/strict";
import { bar, percent } from "./share.ts";

describe("a share", () => {
  it("draws a bar that is full only when nothing is left", () => {
    assert.equal(bar(0), "░".repeat(20));
    assert.equal(bar(0.001), `█${"░".repeat(19)}`);
    assert.equal(bar(0.999), `${"█".repeat(19)}░`);
    assert.equal(bar(1.2), "█".repeat(20));
    assert.deepEqual([0, 0.004, 0.999, 1, 1.25].map(percent), ["0%", "<1%", "99%", "100%", "125%"]);
  });
});
