import assert from "node:assert/strict";
import fc from "fast-check";
import { readTokenFile } from "../../test/support/tokenFiles.ts";
import { isSafeBoundary } from "./boundary.ts";
import { type Counter, loadCounter } from "./counter.ts";
import { createDocumentCounter, type TextChange } from "./document.ts";
import { ENCODINGS } from "./encoding.ts";

const parts = [
  "a",
  "Zz",
  "the",
  " ",
  "  ",
  "\t",
  "\n",
  "\r\n",
  "\r",
  "/",
  "//",
  "'",
  "'s",
  "\u0301",
  "7",
  "123",
  "漢",
  "。",
  "👍",
  "\ud83d",
  "\udc4d",
  "!",
  "_",
  "\u0085",
  "\u3000",
  "カ",
  "한",
  "、",
  "，",
  "Б",
  "é",
  "٣",
  "½77",
  "\u3099",
  '"',
];
const snippet = (maxLength: number) =>
  fc.array(fc.constantFrom(...parts), { maxLength, size: "max" }).map((list) => list.join(""));

describe("the count of a text that is being edited", function () {
  this.timeout(60_000);
  const counters: Counter[] = [];
  before(async () => {
    for (const encoding of ENCODINGS) counters.push(await loadCounter(encoding, readTokenFile));
  });

  it("no token crosses a boundary that is called safe", () => {
    fc.assert(
      fc.property(snippet(24), (text) => {
        for (const { encoding, split } of counters)
          for (let at = 0; at < text.length; at++)
            if (isSafeBoundary(encoding, text, at))
              assert.deepEqual([...split(text.slice(0, at)), ...split(text.slice(at))], split(text), encoding);
      }),
      { numRuns: 3_000 },
    );
  });

  it("equals a full recount after any edits, several in one event included", () => {
    const edit = fc.record({ at: fc.nat(1_000).map((n) => n / 1_000), length: fc.nat(40), text: snippet(20) });
    fc.assert(
      fc.property(
        snippet(120),
        fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
        fc.nat(counters.length - 1),
        (start, events, which) => {
          const counter = counters[which]!;
          const document = createDocumentCounter(counter, start, 8, 4);
          let text = start;
          for (const event of events) {
            const changes = disjoint(event, text.length);
            document.apply(changes);
            for (const { rangeOffset, rangeLength, text: inserted } of changes.toSorted((a, b) => b.rangeOffset - a.rangeOffset))
              text = text.slice(0, rangeOffset) + inserted + text.slice(rangeOffset + rangeLength);
            assert.equal(document.total(), counter.count(text));
          }
          const [from, to] = [Math.floor(text.length / 3), Math.floor((text.length * 2) / 3)];
          assert.equal(document.count(from, to), counter.count(text.slice(from, to)));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it("a range at the very end, and an empty one, are counted alone", () => {
    const document = createDocumentCounter(counters[0]!, "one two three");
    assert.equal(document.count(8, 13), 1);
    assert.equal(document.count(13, 13), 0);
    assert.equal(createDocumentCounter(counters[0]!, "").total(), 0);
  });
});

/** Turns edits into an event's changes: inside the text and not touching one another. */
function disjoint(edits: { at: number; length: number; text: string }[], size: number): TextChange[] {
  const changes: TextChange[] = [];
  let free = 0;
  for (const { at, length, text } of edits.toSorted((a, b) => a.at - b.at)) {
    const rangeOffset = Math.max(free, Math.floor(at * size));
    if (rangeOffset > size) break;
    const rangeLength = Math.min(length, size - rangeOffset);
    changes.push({ rangeOffset, rangeLength, text });
    free = rangeOffset + rangeLength + 1;
  }
  return changes;
}
