import assert from "node:assert/strict";
import fc from "fast-check";
import { inputOf } from "../../budget/estimate/estimate.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { readChatRequest } from "../../wire/openai/chatRequest.ts";
import { countable } from "../../wire/request.ts";
import { assumed } from "../../wire/tokenRange.ts";
import { inputOfParts, needsOfParts, type PreviewPart, together, tokensOfPart } from "./part.ts";

const text = (id: string, tokens: number, more: Partial<PreviewPart> = {}): PreviewPart => ({
  ...{ id, kind: "file", name: id, isIncluded: true },
  content: { state: "text", tokens: new Map([["o200k_base", tokens]]), shares: contentShares(["It is what it is."]) },
  ...more,
});
const picture = (isIncluded = true): PreviewPart => ({
  ...{ id: "p", kind: "file", name: "p.png", isIncluded },
  content: { state: "picture", size: { width: 1024, height: 1024 } },
});

describe("the parts of a prompt", () => {
  it("come to what the guard counts for the same request", () => {
    const messages = [{ role: "user", content: "any" }];
    const { tokens } = countable(readChatRequest({ model: "gpt-5", messages }).parts);
    const shares = contentShares(["It is what it is."]);
    for (const model of ["gpt-5", "claude-opus-5"])
      assert.deepEqual(inputOfParts([text("a", 900), text("b", 100)], model), inputOf({ tokens: 1_000, shares }, tokens, model));
    assert.equal(inputOfParts([text("a", 900)], "gpt-5").likely, 907);
  });

  it("count only where they are included and known", () => {
    const parts = [
      text("a", 100),
      text("b", 1_000, { isIncluded: false }),
      text("c", 0, { content: { state: "counting" } }),
      text("d", 0, { content: { state: "refused", refusal: "binary" } }),
    ];
    assert.equal(inputOfParts(parts, "gpt-5").likely, 107);
    assert.deepEqual(
      parts.map((part) => tokensOfPart(part, "gpt-5")?.likely),
      [100, 1_000, undefined, undefined],
    );
  });

  it("have pictures by the rule of each model, and say that it must see", () => {
    assert.equal(inputOfParts([text("a", 100), picture()], "gpt-4o").likely, 107 + 765);
    assert.equal(tokensOfPart(picture(), "claude-sonnet-4-5")?.likely, 37 * 37);
    assert.deepEqual([needsOfParts([picture()]), needsOfParts([picture(false), text("a", 1)])], [["vision"], []]);
  });

  it("are no exact count where something of unknown wording is in them", () => {
    const tools = text("tools", 500);
    const content = { ...tools.content, around: assumed(0, 0, 60) } as PreviewPart["content"];
    const { low, likely, high, exact } = inputOfParts([{ ...tools, content }], "gpt-5");
    assert.deepEqual([low, likely, high, exact], [507, 507, 567, false]);
  });

  it("are made of what the texts are made of, by their tokens", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const counted = fc.record({ tokens: fc.nat(1_000_000), prose: share }).map(({ tokens, prose }) => ({
      tokens,
      shares: { prose, code: 1 - prose, data: 0, cjk: 0, other: 0, layout: 0 },
    }));
    fc.assert(
      fc.property(fc.array(counted, { maxLength: 6 }), (texts) => {
        const { tokens, shares } = together(texts);
        assert.equal(
          tokens,
          texts.reduce((sum, one) => sum + one.tokens, 0),
        );
        const sum = Object.values(shares).reduce((total, one) => total + one, 0);
        assert.ok(Math.abs(sum - 1) < 1e-9);
        const prose = texts.reduce((total, one) => total + one.tokens * one.shares.prose, 0);
        if (tokens > 0) assert.ok(Math.abs(shares.prose * tokens - prose) < 1e-3 * Math.max(1, prose));
      }),
    );
  });
});
