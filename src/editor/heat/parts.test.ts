import assert from "node:assert/strict";
import fc from "fast-check";
import { PartSplitter } from "./parts.ts";

const partsOf = (text: string, isMarkdown = true) => {
  const splitter = new PartSplitter(isMarkdown);
  for (const line of text.split("\n")) splitter.read(line);
  return splitter.parts();
};
const outline = (text: string, isMarkdown?: boolean) =>
  partsOf(text, isMarkdown).map(({ title, start, end }) => `${title}: ${start}-${end}`);

describe("the parts of a document", () => {
  it("are the sections of Markdown, with what stands before them and front matter apart", () => {
    const text = "---\na: 1\n---\nintro\n\n# One\ntext\n\nmore\n## Two\n```\n# no\n```\nThree\n===\ntext";
    assert.deepEqual(outline(text), [": 0-3", "intro: 3-5", "One: 5-9", "Two: 9-13", "Three: 13-16"]);
  });

  it("are paragraphs where there are hardly any headings, a heading being part of the first below it", () => {
    assert.deepEqual(outline("# Title\n\nfirst\nmore\n\n- a\n- b\n\n```\ncode\n\nmore\n```\n"), [
      "Title: 0-5",
      "- a: 5-8",
      "```: 8-14",
    ]);
    assert.deepEqual(outline("---\na: 1\n---\ntext"), [": 0-3", "text: 3-4"]);
  });

  it("are paragraphs of anything else", () => {
    assert.deepEqual(outline("# a\n# b\n# c\n\n\ncode\n", false), ["# a: 0-5", "code: 5-7"]);
  });

  it("are none of nothing, and not too many of much", () => {
    assert.deepEqual(partsOf("\n \n"), []);
    const many = partsOf("a\n\n".repeat(10_000));
    assert.ok(many.length > 400 && many.length <= 500);
  });

  it("cover every line that is not blank, once and in order", () => {
    const line = fc.constantFrom("", "a", "# h", "## h2", "```", "---", "===", "- b", "  ");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.boolean(), (lines, isMarkdown) => {
        const parts = partsOf(lines.join("\n"), isMarkdown);
        for (const [i, { start, end }] of parts.entries()) {
          assert.ok(start < end);
          assert.equal(end, parts[i + 1]?.start ?? Math.max(1, lines.length));
        }
        const before = lines.slice(0, parts[0]?.start);
        assert.ok(before.every((text) => text.trim() === ""));
      }),
      { numRuns: 3_000 },
    );
  });
});
