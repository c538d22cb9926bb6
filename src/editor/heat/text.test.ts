import assert from "node:assert/strict";
import type { Reader } from "../words.ts";
import { type CountedParts, heatOf, partHover, partLabel, partRows } from "./text.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  now: 0,
};
const whole: CountedParts = {
  ...{ name: "a.md", model: "gpt-5", exact: false, total: 2_000 },
  parts: [
    { title: "", start: 0, end: 3, tokens: 20, share: 0.01 },
    { title: "$(bug) Rules", start: 3, end: 9, tokens: 1_400, share: 0.7 },
    { title: "Rest", start: 9, end: 12, tokens: 580, share: 0.29 },
  ],
};

describe("where the tokens are", () => {
  it("is told in steps", () => {
    assert.deepEqual([0, 0.049, 0.05, 0.15, 0.3, 0.5, 1].map(heatOf), [0, 0, 1, 2, 3, 4, 4]);
  });

  it("stands behind each part in words, and in a sign that needs no colour", () => {
    assert.deepEqual(
      whole.parts.map((part) => partLabel(part, whole, reader)),
      ["~20 tokens, 1%", "█ ~1,400 tokens, 70%", "▄ ~580 tokens, 29%"],
    );
  });

  it("is in the hover, with the whole", () => {
    assert.deepEqual(partHover(whole.parts[1]!, whole, reader), {
      title: "$(bug) Rules",
      text: "~1,400 tokens for gpt-5: 70% of ~2,000",
    });
    assert.equal(partHover(whole.parts[0]!, whole, reader).title, "Front matter");
  });

  it("is a list, most first; a document's words draw no icons", () => {
    const rows = partRows(whole, reader);
    assert.deepEqual(
      rows.map(({ label }) => label),
      ["$ (bug) Rules", "Rest", "Front matter"],
    );
    assert.equal(rows[0]!.detail, `${"█".repeat(14)}${"░".repeat(6)} 70% · ~1,400 tokens · line 4`);
  });
});
