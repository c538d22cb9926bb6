import assert from "node:assert/strict";
import { LONGEST_LINE, MarkdownReader } from "./markdownLines.ts";

const kinds = (text: string) => {
  const reader = new MarkdownReader();
  return text.split("\n").map((line) => reader.read(line).kind);
};
const headings = (text: string) => {
  const reader = new MarkdownReader();
  return text
    .split("\n")
    .map((line) => reader.read(line))
    .flatMap((read) => (read.kind === "heading" ? [`${read.level} ${read.title}`] : []));
};

describe("the lines of a Markdown text", () => {
  it("begin with front matter only where the first line opens it", () => {
    assert.deepEqual(kinds("---\na: 1\n\n---\ntext"), ["frontMatter", "frontMatter", "frontMatter", "frontMatter", "text"]);
    assert.deepEqual(kinds("text\n\n---\n# b"), ["text", "blank", "text", "heading"]);
  });

  it("are code between fences of the same mark and at least the same length", () => {
    assert.deepEqual(kinds("````ts\n```\n~~~~\n# no\n````\n# yes"), ["code", "code", "code", "code", "code", "heading"]);
    assert.deepEqual(kinds("- item\n    ```\n    # no\n    ```\ntext"), ["text", "code", "code", "code", "text"]);
    assert.deepEqual(kinds("```inline``` code\n# yes"), ["text", "heading"]);
  });

  it("are headings by hashes or by an underline, but not under anything but a paragraph", () => {
    assert.deepEqual(headings("# One #\n## Two # three\n####### none\n#none\n###\n### C#"), [
      "1 One",
      "2 Two # three",
      "3 ",
      "3 C#",
    ]);
    assert.deepEqual(kinds("Title\n===\nOther\n---\n- item\n---\n\n---"), [
      "text",
      "underline",
      "text",
      "underline",
      "text",
      "text",
      "blank",
      "text",
    ]);
  });

  it("are text where they are too long to be written by hand", () => {
    assert.deepEqual(kinds(`# ${"a".repeat(LONGEST_LINE)}\n# b`), ["text", "heading"]);
  });

  it("are read soon, whatever stands in them: no pattern tries every way", () => {
    const hostile = ["`", "#", " ", "=", "-", "~", "> ", "# #", "\t"].map((part) =>
      part.repeat(LONGEST_LINE).slice(0, LONGEST_LINE),
    );
    const start = performance.now();
    for (const line of hostile) kinds(`text\n${line}x\n${line}`);
    assert.ok(performance.now() - start < 5_000);
  });
});
