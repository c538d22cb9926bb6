import assert from "node:assert/strict";
import { inEnglish, message } from "../../budget/message.ts";
import type { Reader } from "../words.ts";
import { conflictsText, sentences } from "./text.ts";

const reader: Reader = { t: (template, ...args) => inEnglish(message(template, ...args.map(String))), locale: "en", now: 0 };

describe("a policy in words", () => {
  it("is sentences after one another", () => {
    assert.equal(sentences([message("One"), message("{0} more", "Two")], reader), "One. Two more.");
    assert.equal(sentences([], reader), "");
  });

  it("names the fields in conflict with both values, the first three of many", () => {
    const conflict = (pointer: string) => ({ pointer, mine: "6", theirs: undefined });
    assert.equal(conflictsText([conflict("/a")], reader), '/a: yours "6", theirs taken away');
    const many = ["/a", "/b", "/c", "/d", "/e"].map(conflict);
    assert.match(conflictsText(many, reader), /\/c.*; and 2 more$/);
    assert.doesNotMatch(conflictsText(many, reader), /\/d/);
    const long = { pointer: "/x", mine: "y".repeat(100), theirs: 1 };
    assert.ok(conflictsText([long], reader).length < 80);
  });
});
