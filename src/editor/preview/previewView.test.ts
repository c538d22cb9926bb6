import assert from "node:assert/strict";
import { PolicySchema } from "../../budget/policy/policy.ts";
import { priceList } from "../../prices/priceRef.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { State } from "../../protocol/daemon.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import type { Reader } from "../words.ts";
import { figuresAsMarkdown } from "./markdown.ts";
import type { PreviewPart } from "./part.ts";
import { type PreviewSetting, type PreviewSubject, previewView } from "./previewView.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  now: Date.parse("2026-11-20T12:00:00Z"),
};
const price = (model: string, input: string, output: string, more: Partial<ModelPrice> = {}): ModelPrice => ({
  ...{ provider: "acme", model, name: `Acme ${model}`, rates: { input, output }, source: "catalogue" },
  ...more,
});
const list = priceList({
  ...{ asOf: "2026-09-23", catalogue: "bundled" },
  models: [
    price("gpt-5-small", "150000", "600000", { contextWindow: 400_000 }),
    price("large", "15000000", "75000000", { contextWindow: 20_000 }),
  ],
});
const state = (policy: object = {}, more: Partial<State> = {}): State => ({
  sync: { phase: "live" },
  allowances: [
    {
      ...{ key: "k", id: "day", name: "Your $(bug) day", per: "developer", unit: "usd", limit: "15", softLimit: 0.8 },
      ...{ spend: "13", held: "0", ownFree: "0" },
      period: { kind: "day", start: "2026-11-20T00:00:00Z", resetsAt: "2026-11-21T00:00:00Z" },
    },
  ],
  policy: {
    ...{ version: 3, author: "Ada", note: "", createdAt: "2026-11-01T00:00:00Z" },
    policy: PolicySchema.parse({ confirm: { cost: "0.10" }, ...policy }),
  },
  ...{
    priceRef: list.priceRef,
    pending: { entries: 0, uncertain: 0 },
    coverage: [],
    assistants: [],
    outputs: {},
    plans: [],
    planMeters: [],
  },
  ...{ grants: [], clockSkew: 0 },
  ...more,
});
const small = { provider: "acme", model: "gpt-5-small" };
const large = { provider: "acme", model: "large" };

const part = (id: string, tokens: number, more: Partial<PreviewPart> = {}): PreviewPart => ({
  ...{ id, kind: "text", name: `${id}.md`, isIncluded: true },
  content: { state: "text", tokens: new Map([["o200k_base", tokens]]), shares: contentShares(["It is what it is."]) },
  ...more,
});
const subject = (...parts: PreviewPart[]): PreviewSubject => ({
  ...{ documentName: "a.prompt.md", isTyped: false, parts, model: "gpt-5-mini" },
});
const setting = (more: Partial<PreviewSetting> = {}): PreviewSetting => ({
  ...{ refs: [large, small], local: { isOver: true, models: [], servers: ["127.0.0.1:11434"] } },
  ...{ chosen: large, estimates: small, list, state: state(), work: {} },
  ...more,
});
const ten = subject(part("prompt", 9_993));
const view = (more: Partial<PreviewSetting> = {}, of: PreviewSubject = ten) => previewView(of, setting(more), reader);
const rowOf = (shown: ReturnType<typeof view>, name: string) => shown.models.find((row) => row.name === name)!;

describe("the preview's headline", () => {
  it("says where it starts and what it usually comes to, of which allowance, and where it costs less", () => {
    const { headline } = view();
    assert.deepEqual(headline, {
      model: "Acme large",
      amount: "$0.19–$0.36",
      summary: "starts around $0.16, usually $0.19–$0.36 · ~11k tokens",
      share: "17% of what is left of Your $(bug) day",
      verdict: {
        decision: "confirm",
        text: "Asks first",
        reasons: [headline!.verdict.reasons[0]!],
      },
      cheaper: { text: "It would cost 109 times less on Acme gpt-5-small.", model: "acme/gpt-5-small" },
    });
    assert.match(headline!.verdict.reasons[0]!, /^It may cost \$0\.36/);
  });

  it("does not make more digits of less than a cent than there are", () => {
    const { headline } = view({ chosen: small });
    assert.deepEqual(
      [headline?.amount, headline?.summary, headline?.cheaper],
      ["<$0.01", "below $0.01 with the answer · 10k tokens", undefined],
    );
  });

  it("shows what a plan covers as a share of its window, without a dollar", () => {
    const plans = [{ name: "Ours", models: ["acme/large"], unit: "tokens", limit: "100000" }];
    const shown = view({ state: state({ plans }) });
    assert.equal(shown.headline?.amount, "covered by Ours, takes about 15% of its month");
    const row = rowOf(shown, "Acme large");
    assert.deepEqual([row.total, row.input, row.bar], [shown.headline?.amount, "", undefined]);
    assert.equal(row.origin, "acme · flat-rate plan");
  });

  it("is about the cheapest where the chosen model has no known price, and says what has none", () => {
    const shown = view({
      refs: [small, { provider: "acme", model: "unheard-of" }],
      chosen: { provider: "acme", model: "unheard-of" },
    });
    assert.equal(shown.headline?.model, "Acme gpt-5-small");
    assert.ok(shown.notes.includes("No price is known of acme/unheard-of."));
  });

  it("is absent without prices, and the parts are counted all the same", () => {
    const shown = previewView(ten, undefined, reader);
    assert.deepEqual([shown.headline, shown.models, shown.announcement], [undefined, [], ""]);
    assert.equal(shown.parts[0]?.tokens, "9,993");
    assert.equal(shown.actions.send.isEnabled, false);
  });
});

describe("the preview's models", () => {
  it("stand by likely cost with all that is known of them, the cheapest marked", () => {
    const [first, second] = view().models;
    assert.deepEqual(first, {
      ...{ id: "acme/gpt-5-small", name: "Acme gpt-5-small", origin: "acme · catalogue of 2026-09-23" },
      badges: [
        { text: "cheapest", kind: "cheapest" },
        { text: "for estimates", kind: "estimates" },
      ],
      ...{ isChosen: false, tokens: "10,000", input: "$0.0015", output: "400 to 2,000", total: "$0.0017–$0.0027" },
      bar: first!.bar,
      ...{ share: "<1%", allowance: "Your $(bug) day", window: "2%", fits: true },
      verdict: { decision: "allow", text: "Allowed", reasons: [] },
    });
    assert.deepEqual([second?.isChosen, second?.badges, second?.tokens, second?.range], [true, [], "~10,605", second?.range]);
    assert.match(second!.range!, /^[\d,]+ to [\d,]+$/);
    assert.ok(Math.abs(second!.bar!.likely - 0.19 / 0.36) < 0.02 && second!.bar!.high === 1);
    assert.ok(first!.bar!.high < 0.01);
  });

  it("say that a prompt does not fit, and why a model is blocked", () => {
    const denied = [{ model: "large", reason: "only at <night>" }];
    const shown = view({ state: state({ models: { denied } }) }, subject(part("prompt", 19_000)));
    const row = rowOf(shown, "Acme large");
    assert.deepEqual([row.fits, row.window, row.verdict.decision, row.verdict.text], [false, "too long", "block", "Blocked"]);
    assert.deepEqual(row.verdict.reasons, [
      "Your team does not allow large: only at <night>",
      row.verdict.reasons[1]!,
      "The prompt and a usual answer do not fit into its context window",
    ]);
    assert.deepEqual([shown.actions.send.isEnabled, shown.actions.send.title], [false, "Your team's policy does not allow it"]);
  });

  it("of this machine cost nothing more, and go before all others", () => {
    const llama = { provider: "ollama", model: "llama3.2:3b" };
    const shown = view({ local: { isOver: true, models: [llama], servers: ["127.0.0.1:11434"] } });
    const [row] = shown.models;
    assert.deepEqual([row?.name, row?.origin, row?.total], ["llama3.2:3b", "ollama · costs nothing more", "$0"]);
    assert.deepEqual(
      row?.badges.map(({ kind }) => kind),
      ["cheapest", "local"],
    );
    assert.equal(shown.headline?.cheaper?.text, "It would cost nothing on llama3.2:3b.");
    assert.ok(!shown.notes.some((note) => /on this machine/.test(note)));
  });

  it("of this machine that were not found are told of once it is known", () => {
    const note = (isOver: boolean, ...servers: string[]) =>
      view({ local: { isOver, models: [], servers } }).notes.find((one) => /on this machine/.test(one));
    assert.equal(note(false, "127.0.0.1:11434"), undefined);
    assert.equal(note(true, "127.0.0.1:11434"), "No model was found on this machine (looked at 127.0.0.1:11434).");
    assert.equal(note(true, "127.0.0.1:11434", "127.0.0.1:1234"), "No model was found on this machine (looked at 2 addresses).");
  });

  it("must see where a picture is attached", () => {
    const picture: PreviewPart = { ...part("p", 0), kind: "file", content: { state: "picture", size: undefined } };
    const shown = view({}, subject(part("prompt", 10), picture));
    assert.ok(rowOf(shown, "Acme large").verdict.reasons.includes("It is not known to see pictures"));
    assert.equal(shown.parts[1]?.kind, "picture");
  });
});

describe("the preview's parts", () => {
  it("have their shares, a word for why they are not counted, and together what the model counts", () => {
    const shown = view(
      { chosen: small },
      subject(
        part("prompt", 300),
        part("rules", 100, { kind: "instructions" }),
        part("notes", 50, { kind: "file", isIncluded: false }),
        part("picture", 0, { kind: "file", content: { state: "refused", refusal: "binary" } }),
        part("new", 0, { kind: "file", content: { state: "counting" } }),
      ),
    );
    assert.deepEqual(
      shown.parts.map(({ name, kind, tokens, share, canExclude, canRemove }) => [
        name,
        kind,
        tokens,
        share,
        canExclude,
        canRemove,
      ]),
      [
        ["prompt.md", "your text", "300", "75%", false, false],
        ["rules.md", "always included", "100", "25%", true, false],
        ["notes.md", "attached", "50", "", true, true],
        ["picture.md", "attached", "no text", "", false, true],
        ["new.md", "attached", "counting…", "", false, true],
      ],
    );
    assert.equal(shown.total.tokens, "407", "with the frame of a message");
  });
});

describe("what the preview says besides", () => {
  it("never pretends: what is not counted, what is assumed, what is an estimate, what is old", () => {
    const { notes } = view({ state: state({}, { sync: { phase: "offline", reason: "no route" } }) });
    assert.match(notes[0]!, /^Not counted: what an agent reads on its own/);
    assert.ok(notes.some((note) => /is assumed \(half stay below 400 tokens/.test(note)));
    assert.ok(notes.some((note) => /^~ marks an estimate/.test(note)));
    assert.ok(notes.includes("Your allowances: offline: no route."));
    const own = view({ state: state({}, { outputs: { "send *": { likely: 100, high: 300 } } }) });
    assert.ok(own.notes.some((note) => /follows from your own answers/.test(note)));
    assert.equal(own.headline?.amount, "$0.17–$0.23");
  });

  it("offers to take the model for estimates only where it is another", () => {
    assert.deepEqual(
      [view().actions.useForEstimates.isEnabled, view({ chosen: small }).actions.useForEstimates.isEnabled],
      [true, false],
    );
    assert.equal(view().actions.send.label, "Send to Acme large");
  });

  it("tells a screen reader the model, its figures and the verdict", () =>
    assert.equal(view().announcement, "Acme large: starts around $0.16, usually $0.19–$0.36 · ~11k tokens. Asks first"));

  it("takes the prompt from the document or from the text box", () => {
    assert.deepEqual(
      view().sources.map(({ id, isChosen }) => [id, isChosen]),
      [
        ["document", true],
        ["typed", false],
      ],
    );
    const typed = view({}, { documentName: undefined, isTyped: true, parts: [part("text", 0)], model: "gpt-5" });
    assert.deepEqual(
      typed.sources.map(({ id, isChosen }) => [id, isChosen]),
      [["typed", true]],
    );
  });
});

describe("figures as Markdown", () => {
  it("are a sentence and two tables", () => {
    const markdown = figuresAsMarkdown(view());
    const [sentence, , head, , ...rest] = markdown.split("\n");
    assert.equal(
      sentence,
      "Acme large: starts around $0.16, usually $0.19–$0.36 · ~11k tokens · 17% of what is left of Your $(bug) day · It would cost 109 times less on Acme gpt-5-small.",
    );
    assert.equal(head, "| Part | Tokens | Share |");
    assert.ok(rest.includes("| prompt.md (your text) | ~10,593 | 100% |"));
    const row = rest.find((line) => line.startsWith("| Acme gpt-5-small"));
    assert.match(
      row!,
      /^\| Acme gpt-5-small \(acme · catalogue of 2026-09-23 · cheapest · for estimates\) \| 10,000 \| \$0\.0015 \|/,
    );
    for (const line of rest.filter((one) => one.startsWith("|")))
      assert.ok([4, 9].includes(line.split(/(?<!\\)\|/).length - 1), line);
  });

  it("hold names as data", () => {
    const evil = view({}, subject(part("x", 5, { name: "a|b\n[c](http://evil) <img>" })));
    const line = figuresAsMarkdown(evil)
      .split("\n")
      .find((one) => one.includes("evil"))!;
    assert.equal(line, "| a\\|b \\[c\\](http://evil) \\<img\\> (your text) | ~5 | 100% |");
  });
});
