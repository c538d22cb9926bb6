import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesModel } from "./pattern.ts";

describe("model patterns", () => {
  const ref = { provider: "openai", model: "gpt-5-mini" };
  for (const [pattern, matches] of [
    ["*", true],
    ["gpt-5-mini", true],
    ["openai/gpt-5-mini", true],
    ["gpt-*", true],
    ["openai/*", true],
    ["*-mini", true],
    ["*5*", true],
    ["o*/g*-m*i", true],
    ["gpt-5", false],
    ["gpt-5-mini-*", false],
    ["gpt-5-min?", false],
    ["gpt-5.mini", false],
    ["GPT-*", false],
    ["anthropic/*", false],
    ["", false],
  ] as const)
    it(`"${pattern}" ${matches ? "matches" : "does not match"} openai/gpt-5-mini`, () =>
      assert.equal(matchesModel(pattern, ref), matches));

  it("agree with the same pattern as a regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "/"), maxLength: 10 });
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const model = name.replaceAll("*", "a");
        const regex = new RegExp(`^${pattern.split("*").join(".*")}$`);
        assert.equal(matchesModel(pattern, { provider: "p", model }), regex.test(model) || regex.test(`p/${model}`));
      }),
      { numRuns: 2_000 },
    );
  });

  it("cost no exponential time", () => {
    const model = "a".repeat(120);
    assert.equal(matchesModel(`${"a*".repeat(59)}b`, { provider: "p", model }), false);
  });
});
