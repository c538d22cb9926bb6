import assert from "node:assert/strict";
import { message } from "../../budget/message.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import type { Reader } from "../words.ts";
import type { Refusal } from "./place.ts";
import { faultText, lensText, type PromptFileView } from "./text.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  now: 0,
};
const exactly = (tokens: number): TokenEstimate => ({ low: tokens, likely: tokens, high: tokens, exact: true });
const cent = 10_000_000n;
const file = (name: string, tokens: number, isImported = false) => ({ name, tokens: exactly(tokens), isImported });
const view = (part: Partial<PromptFileView>): PromptFileView => ({
  ...{ name: "review.prompt.md", model: "gpt-5", paid: "asRequest", own: exactly(1_234), files: [], faults: 0 },
  ...part,
});
const title = (part: Partial<PromptFileView>) => lensText(view(part), reader).title;
const tooltip = (part: Partial<PromptFileView>) => lensText(view(part), reader).tooltip.split("\n");

describe("the line above a prompt file", () => {
  it("has its tokens and the price of one request", () => {
    assert.equal(
      title({ price: { cost: { from: cent, to: 3n * cent }, isKnown: true } }),
      "1,234 tokens · $0.01–$0.03 per request",
    );
    assert.equal(title({ price: { cost: { from: 1n, to: 2n }, isKnown: true } }), "1,234 tokens · <$0.01 per request");
    assert.equal(title({}), "1,234 tokens");
    assert.equal(title({ own: { low: 1_000, likely: 1_200, high: 1_500, exact: false } }), "~1,200 tokens");
  });

  it("says when it is paid without being sent", () => {
    const price = { cost: { from: 1n, to: cent }, isKnown: true };
    assert.equal(title({ paid: "always", price }), "1,234 tokens · <$0.01–$0.01, paid on every request");
    assert.equal(title({ paid: "always" }), "1,234 tokens · paid on every request");
    assert.match(title({ paid: "inFolder" }), / · paid on every request in this folder$/);
    assert.match(title({ paid: "whenApplied" }), / · paid on requests that it applies to$/);
    assert.match(title({ paid: "whileChosen" }), / · paid on every request to this agent$/);
    assert.match(title({ paid: "whenUsed" }), / · paid when the skill is used$/);
  });

  it("adds the files that it refers to, and says what is not counted", () => {
    assert.equal(title({ files: [file("a.md", 10)] }), "1,234 tokens + 1 file, 10 tokens");
    const files = [
      file("a.md", 4_000, true),
      file("b.md", 200),
      { ...file("c.md", 10), tokens: { ...exactly(10), exact: false } },
    ];
    assert.equal(title({ files, faults: 1 }), "1,234 tokens + 3 files, ~4,210 tokens · 1 reference not counted");
    assert.equal(title({ faults: 2 }), "1,234 tokens · 2 references not counted");
  });

  it("has no dollars where a plan covers it", () => {
    const price = { plan: message("covered by {0}", "Copilot"), isKnown: true };
    assert.equal(title({ price }), "1,234 tokens");
    assert.equal(title({ price, paid: "always" }), "1,234 tokens · paid on every request");
    assert.deepEqual(tooltip({ price }).slice(1), ["covered by Copilot", "Select to compare models."]);
  });

  it("names the files behind it, and what the price is from", () => {
    assert.deepEqual(
      tooltip({
        files: [file("a.md", 4_000, true), file("$(bug).md", 200)],
        price: { cost: { from: 1n, to: 2n }, isKnown: true },
      }),
      [
        "review.prompt.md: 1,234 tokens for gpt-5",
        "a.md: 4,000 tokens, imported",
        "$(bug).md: 200 tokens, linked",
        "The price is from that of a usual answer to that of a long one.",
        "Linked files are read where the assistant wants to: only its end has them.",
        "Select to compare models.",
      ],
    );
    assert.deepEqual(tooltip({ own: { low: 1_000, likely: 1_200, high: 1_500, exact: false } }), [
      "review.prompt.md: ~1,200 (1,000 to 1,500) tokens for gpt-5",
    ]);
    assert.match(tooltip({ paid: "always", price: { cost: { from: 1n, to: 2n }, isKnown: true } })[1]!, /cache/);
    assert.deepEqual(
      tooltip({ price: { cost: { from: 1n, to: 2n }, origin: message("catalogue of {0}", "2026-09-23"), isKnown: false } }),
      [
        "review.prompt.md: 1,234 tokens for gpt-5",
        "The price is from that of a usual answer to that of a long one.",
        "This model's price is not known: another one's stands for it.",
        "Price: catalogue of 2026-09-23.",
        "Select to compare models.",
      ],
    );
    const many = tooltip({ files: Array.from({ length: 30 }, (_, i) => file(`${i}.md`, 1)) });
    assert.deepEqual([many.length, many.at(-1)], [22, "… and 10 more files"]);
  });
});

describe("a reference that is not counted", () => {
  it("is told with its reason, each in its own words, and with who imports it", () => {
    const refusals: Refusal[] = [
      ...["missing", "outside", "network", "folder", "notRegular", "tooLarge", "binary", "unreadable", "tooMany", "tooDeep"],
    ] as Refusal[];
    const reference = { kind: "link", target: "a", line: 0, start: 0, end: 1 } as const;
    const text = (refusal: Refusal, importedBy?: string) =>
      faultText({ reference, refusal, path: "/ws/a.md", ...(importedBy && { importedBy }) }, reader, (path) => path.slice(4));
    assert.equal(new Set(refusals.map((refusal) => text(refusal))).size, refusals.length);
    for (const refusal of refusals) assert.match(text(refusal), /^Not counted: .*a\.md.*\.$/);
    assert.equal(text("missing"), "Not counted: there is no file “a.md”.");
    assert.equal(text("outside", "/ws/b.md"), "Not counted: a.md is outside of this workspace. b.md imports it.");
  });
});
