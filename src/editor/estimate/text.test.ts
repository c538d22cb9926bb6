import assert from "node:assert/strict";
import { message } from "../../budget/message.ts";
import type { Reader } from "../words.ts";
import { estimateView } from "./text.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  now: 0,
};
const cent = 10_000_000n;
const cost = { start: cent, likely: 2n * cent, high: 5n * cent, worst: 9n * cent };

describe("the live estimate", () => {
  it("shows tokens and the price's range", () => {
    const tokens = { low: 1_234, likely: 1_234, high: 1_234, exact: true };
    const origin = message("catalogue of {0}", "2026-09-23");
    const view = estimateView({ name: "review.prompt.md", model: "gpt-5", tokens, cost, origin }, reader);
    assert.match(view.tooltip, /^Price: catalogue of 2026-09-23\.$/m);
    assert.equal(view.text, "$(symbol-numeric) 1.2k tokens · $0.02–$0.05");
    assert.match(view.tooltip, /^review\.prompt\.md: 1,234 tokens for gpt-5\nStarts around \$0\.01, usually \$0\.02–\$0\.05/);
  });

  it("marks what the team wants marked, and says why", () => {
    const tokens = { low: 1_234, likely: 1_234, high: 1_234, exact: true };
    const warnings = [message("It may cost {0}", "$0.05")];
    const view = estimateView({ name: "a", model: "gpt-5", tokens, cost, warnings }, reader);
    assert.equal(view.text, "$(warning) 1.2k tokens · $0.02–$0.05");
    assert.match(view.tooltip, /^It may cost \$0\.05\.$/m);
  });

  it("shows no dollars for what a plan covers", () => {
    const tokens = { low: 1_234, likely: 1_234, high: 1_234, exact: true };
    const plan = message("covered by {0}", "Copilot");
    const view = estimateView(
      { name: "a", model: "gpt-5", tokens, cost: { start: 0n, likely: 0n, high: 0n, worst: 0n }, plan },
      reader,
    );
    assert.deepEqual([view.text, view.tooltip.includes("$")], ["$(symbol-numeric) 1.2k tokens", false]);
    assert.match(view.tooltip, /^covered by Copilot$/m);
  });

  it("marks what is not exact, and shows the band", () => {
    const tokens = { low: 1_000, likely: 1_200, high: 1_500, exact: false };
    const view = estimateView({ name: "a", model: "claude", tokens }, reader);
    assert.equal(view.text, "$(symbol-numeric) ~1.2k tokens");
    assert.match(view.tooltip, /^a: ~1,200 \(1,000 to 1,500\) tokens for claude$/);
  });
});
