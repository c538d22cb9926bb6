import assert from "node:assert/strict";
import { planText } from "../../budget/plan/plan.ts";
import { DEFAULT_POLICY, PolicySchema } from "../../budget/policy/policy.ts";
import type { Alternative } from "../../budget/pricing/compare.ts";
import type { Verdict } from "../../budget/verdict/verdict.ts";
import type { OpenReply, State } from "../../protocol/daemon.ts";
import type { Reader } from "../words.ts";
import { canSendAnyway, confirmText, costRange, inMarkdown, otherPurposes, refusalText } from "./question.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  timeZone: "UTC",
  now: Date.parse("2026-11-16T12:00:00Z"),
};
const ref = { provider: "demo", model: "demo-large" };
const state: State = {
  sync: { phase: "live" },
  allowances: [
    {
      ...{ key: "k", id: "month", name: "Your month", per: "developer", unit: "usd", limit: "60", softLimit: 0.8 },
      ...{ spend: "50", held: "0", ownFree: "0" },
      period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
    },
  ],
  policy: { version: 1, author: "", note: "", createdAt: "2026-11-01T00:00:00Z", policy: DEFAULT_POLICY },
  ...{
    priceRef: "",
    pending: { entries: 0, uncertain: 0 },
    coverage: [],
    assistants: [],
    outputs: {},
    plans: [],
    planMeters: [],
  },
  ...{ grants: [], clockSkew: 0 },
};
const reply = (code: OpenReply["reasons"][number]["code"], effect: "confirm" | "block", template: string): OpenReply => ({
  id: "r",
  decision: effect,
  reasons: [{ code, effect, text: { template, args: ["Your month"] } }],
  cost: { start: "0.30", likely: "0.40", high: "1.20", worst: "4" },
  priceKnown: true,
  held: { usd: "0", tokens: "0" },
  policyVersion: 1,
});
const estimate = {
  input: { low: 1, likely: 1, high: 1, exact: true },
  output: { likely: 1, high: 1, worst: 1 },
};
const cost = { start: 1_000_000n, likely: 4_000_000n, high: 5_000_000n, worst: 9_000_000n };
const verdict: Verdict = { decision: "allow", reasons: [], warnings: [], hold: { usd: 0n, tokens: 0n }, cost, priceKnown: true };
const alternative: Alternative = {
  ...{ ref, name: "Small", estimate, cost, source: "catalogue", verdict, exclusions: [], cheapest: true },
  ...{ saving: 396_000_000n, times: 100 },
};
const plan = { name: "Copilot", window: "month", unit: "requests", share: { likely: 0.01, high: 0.01 } } as const;

describe("the question before an expensive request", () => {
  it("says what it costs, what that takes, and why we ask", () => {
    const text = confirmText(
      { ref, work: {}, estimate, reply: reply("shareOfRemaining", "confirm", "It may take 25% of {0}") },
      state,
      reader,
    );
    assert.equal(text.message, "Send this prompt to demo-large? It will likely cost $0.40–$1.20.");
    assert.equal(
      text.detail,
      [
        "It may take 25% of Your month",
        "",
        "The prompt alone costs around $0.30; nine of ten such requests stay below $1.20.",
        "Your month: $10 left, resets Tuesday, December 1, in 15 days. This request may take 12% of what is left.",
      ].join("\n"),
    );
  });

  it("says what the team would rather see used, and why", () => {
    const preferred = { model: "small", reason: "as good for reviews" };
    const asked = { ref, work: {}, estimate, reply: { ...reply("aboveConfirm", "confirm", "dear"), preferred } };
    assert.match(confirmText(asked, state, reader).detail, /^Your team would rather see small used: as good for reviews\.$/m);
  });

  it("says how many times less it would cost elsewhere, where that is worth saying", () => {
    const asked = { ref, work: {}, estimate, reply: reply("aboveConfirm", "confirm", "dear") };
    const detail = (times: number) => confirmText({ ...asked, alternative: { ...alternative, times } }, state, reader).detail;
    assert.match(detail(100), /^It would cost 100 times less on Small\.$/m);
    assert.match(detail(2.04), /^It would cost 2 times less on Small\.$/m);
    assert.match(detail(Number.POSITIVE_INFINITY), /^It would cost nothing on Small\.$/m);
    assert.doesNotMatch(detail(1.2), /on Small/);
  });

  it("shows no dollars for what a plan covers", () => {
    const free = { start: "0", likely: "0", high: "0", worst: "0" };
    const covered = { ...reply("shareOfRemaining", "confirm", "tokens"), cost: free, plan: planText(plan) };
    const { message, detail } = confirmText({ ref, work: {}, estimate, reply: covered, covers: 0n }, undefined, reader);
    assert.equal(message, "Send this prompt to demo-large? It is covered by Copilot, takes about 1% of its month.");
    assert.doesNotMatch(detail, /\$/);
  });

  it("shows one amount where both ends read the same", () => {
    assert.equal(costRange(1n, 2n), "<$0.01");
    assert.equal(costRange(20_000_000n, 300_000_000n), "$0.02–$0.30");
  });
});

describe("a refusal", () => {
  it("names the reason and every way out", () => {
    const { message, detail } = refusalText(
      { ref, work: {}, reply: reply("spent", "block", "{0} is used up"), alternative },
      state,
      reader,
    );
    assert.equal(message, "Not sent to demo-large: Your month is used up.");
    assert.match(detail, /^What you can do:/);
    assert.match(detail, /• Use Small instead, likely for less than \$0\.01; it saves about \$0\.40\./);
    const dearer = { ...alternative, saving: -1n };
    assert.match(
      refusalText({ ref, work: {}, reply: reply("modelDenied", "block", "no"), alternative: dearer }, state, reader).detail,
      /less than \$0\.01\.$/m,
    );
    const planned = { ...alternative, verdict: { ...verdict, plan } };
    const other = refusalText(
      { ref, work: {}, reply: reply("spent", "block", "{0} is used up"), alternative: planned },
      state,
      reader,
    ).detail;
    assert.match(other, /• Use Small instead: covered by Copilot, takes about 1% of its month\./);
    assert.match(detail, /• Wait: Your month resets Tuesday, December 1, in 15 days\./);
  });

  it("ends in one full stop, also when the lead's reason has its own", () => {
    const denied = reply("modelDenied", "block", "Your team does not allow {0}: Large is for releases.");
    assert.match(refusalText({ ref, work: {}, reply: denied }, state, reader).message, /for releases\.$/);
  });

  it("names the way to more where the person has an allowance of their own in a team, and money is what is short", () => {
    const account = {
      endpoint: "",
      person: { id: "p", name: "Kim", role: "developer" as const },
      team: { id: "t", name: "T", timeZone: "UTC" },
    };
    const detail = (code: Parameters<typeof reply>[0], more: Partial<State> = { account }) =>
      refusalText({ ref, work: {}, reply: reply(code, "block", "no") }, { ...state, ...more }, reader).detail;
    assert.match(detail("spent"), /Ask for More…/);
    assert.doesNotMatch(detail("spent", {}), /Ask for More…/);
    assert.doesNotMatch(detail("modelDenied"), /Ask for More…/);
    const pool = [{ ...state.allowances[0]!, per: "team" as const }];
    assert.doesNotMatch(detail("spent", { account, allowances: pool }), /Ask for More…/);
  });

  it("is a list in the chat's Markdown", () => {
    const text = inMarkdown({ message: "Not sent.", detail: "Why:\n• a\n• b" });
    assert.equal(text, "Not sent.\n\nWhy:\n\n- a\n- b");
  });

  it("does not tell people to wait for what no reset brings", () => {
    const { detail } = refusalText({ ref, work: {}, reply: reply("modelDenied", "block", "not allowed") }, state, reader);
    assert.doesNotMatch(detail, /Wait|Use |shorter/);
    assert.match(detail, /team lead/);
  });

  it("may be sent anyway where the policy lets people take what is lacking of an allowance of their own", () => {
    const policy = PolicySchema.parse({ grants: { breakGlass: { period: "5" } } });
    const account = {
      endpoint: "",
      person: { id: "p", name: "P", role: "developer" as const },
      team: { id: "t", name: "T", timeZone: "UTC" },
    };
    const under = { ...state, account, policy: { ...state.policy, policy } };
    const refused = (code: "spent" | "modelDenied") => ({ ref, work: {}, reply: reply(code, "block", "no") });
    assert.ok(canSendAnyway(refused("spent"), under));
    assert.ok(!canSendAnyway(refused("modelDenied"), under));
    assert.ok(!canSendAnyway(refused("spent"), { ...under, policy: state.policy }));
  });

  it("names what the team lets go first, where the usual money is used up", () => {
    const policy = PolicySchema.parse({
      allowances: [{ id: "fire", name: "Fire", limit: "5", purposes: ["incident"] }],
      purposes: {
        list: [
          { id: "incident", name: "Incident", exempt: true },
          { id: "feature", name: "Feature" },
        ],
      },
    });
    const under = { ...state, policy: { ...state.policy, policy } };
    const refused = (code: "spent" | "modelDenied", work: object = {}) => ({ ref, work, reply: reply(code, "block", "no") });
    assert.deepEqual(
      otherPurposes(refused("spent"), under).map(({ id }) => id),
      ["incident"],
    );
    assert.deepEqual(otherPurposes(refused("spent", { purpose: "incident" }), under), []);
    assert.deepEqual(otherPurposes(refused("modelDenied"), under), []);
    assert.match(refusalText(refused("spent"), under, reader).detail, /Choose Purpose…/);
  });
});
