import assert from "node:assert/strict";
import { message } from "../../budget/message.ts";
import { DEFAULT_POLICY } from "../../budget/policy/policy.ts";
import type { TurnQuestion } from "../../protocol/assistants.ts";
import type { State } from "../../protocol/daemon.ts";
import { turnDialog } from "./question.ts";

const reader = {
  t: (template: string, ...args: (string | number)[]) =>
    template.replace(/\{(\d+)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  timeZone: "UTC",
  now: Date.parse("2026-11-23T12:00:00Z"),
};

const question = (part: Partial<TurnQuestion> = {}): TurnQuestion => ({
  id: "q",
  assistant: "copilot",
  session: "s",
  kind: "prompt",
  ref: { provider: "openai", model: "gpt-5" },
  modelKnown: true,
  lines: [message("It starts around {0}.", "$0.10")],
  reasons: [{ code: "aboveConfirm", effect: "confirm", text: message("It may cost more than {0}.", "$0.30") }],
  cost: { start: "0.1", likely: "0.2", high: "0.37", worst: "2" },
  upTo: "0.75",
  cheaper: [],
  mayAskForMore: false,
  patience: 1_000,
  ...part,
});

const state = {
  policy: { version: 1, author: "", note: "", createdAt: "", policy: DEFAULT_POLICY },
  allowances: [
    {
      ...{ id: "month", key: "month", name: "Your month", per: "developer", unit: "usd", limit: "10" },
      ...{ period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" } },
      ...{ spend: "6.3", held: "0", ownFree: "0" },
    },
  ],
} as unknown as State;

describe("the question about an assistant's turn", () => {
  const titles = (part: Partial<TurnQuestion>) => turnDialog(question(part), state, reader).choices.map(({ title }) => title);

  it("says what it costs, why it is asked, what that takes of what is left, and what a refusal leaves behind", () => {
    const { message: asked, detail, no } = turnDialog(question(), state, reader);
    assert.equal(asked, "Send this prompt to gpt-5 in Copilot Chat?");
    assert.match(detail, /^It starts around \$0\.10\.\nIt may cost more than \$0\.30\.\n/);
    assert.match(detail, /Your month: \$3\.70 left, resets .*\. This request may take 10% of what is left\./);
    assert.match(detail, /its text stays in this session/);
    assert.equal(no, "Don't Send");
  });

  it("says where the model is a guess", () => {
    assert.match(turnDialog(question({ modelKnown: false }), state, reader).message, /not known yet; gpt-5 is assumed/);
  });

  it("names a cheaper model that is worth it, and where to choose it", () => {
    const cheaper = (high: string) => [
      { ref: { provider: "openai", model: "gpt-5-mini" }, name: "GPT-5 mini", likely: "0.01", high },
    ];
    const detail = (high: string) => turnDialog(question({ cheaper: cheaper(high) }), state, reader).detail;
    assert.match(detail("0.037"), /10 times less on GPT-5 mini: choose it in the chat's model picker/);
    assert.match(detail("0"), /nothing on GPT-5 mini/);
    assert.doesNotMatch(detail("0.36"), /GPT-5 mini/);
  });

  it("remembers an amount that is at least what this one may cost", () => {
    const quiet = (high: string) => {
      const cost = { ...question().cost, high };
      const choices = turnDialog(question({ cost }), state, reader).choices;
      return choices.map(({ answer }) => answer.notBelow).find(Boolean);
    };
    assert.deepEqual(["0.000001", "0.01", "0.011", "0.37", "0.5", "7", "12"].map(quiet), [
      "0.01",
      "0.01",
      "0.02",
      "0.5",
      "0.5",
      "10",
      "20",
    ]);
  });

  it("offers a fresh session first where a session has gone cold", () => {
    assert.deepEqual(titles({ kind: "cold" }), ["Send", "Start Fresh Session"]);
  });

  it("lets a turn that is under way go on, up to an amount, or stops it", () => {
    const running = { kind: "running", spent: "0.4" } as const;
    const dialog = turnDialog(question({ ...running, mayAskForMore: true }), state, reader);
    assert.match(dialog.message, /has used \$0\.40 .* Go on\?/);
    assert.deepEqual(
      dialog.choices.map(({ title, answer }) => [title, answer.choice, answer.amount]),
      [
        ["Continue", "send", undefined],
        ["Continue to $0.75", "sendUpTo", "0.75"],
        ["Ask for More…", "askForMore", undefined],
      ],
    );
    assert.match(dialog.detail, /“Continue” asks again above \$0\.37\./);
    assert.deepEqual(titles({ ...running, upTo: "0.37" }), ["Continue", "Continue to $1.00"]);
    assert.equal(dialog.no, "Stop");
    assert.deepEqual(titles({ kind: "subagents" }), ["Continue"]);
  });

  it("speaks of a plan's share instead of dollars", () => {
    const plan = message("request {0} of {1}", "3", "300");
    assert.match(turnDialog(question({ plan }), state, reader).message, /It is request 3 of 300\./);
    assert.deepEqual(titles({ plan }), ["Send", "Start Fresh Session"]);
  });

  describe("where the team wants to know what a turn is for", () => {
    const list = [
      { id: "feature", name: "Feature", exempt: false },
      { id: "incident", name: "Incident", exempt: true },
    ];
    const policy = { ...DEFAULT_POLICY, purposes: { list, requiredAbove: "0.1" } };
    const team = { ...state, policy: { ...state.policy, policy } };
    const needed = { code: "purposeNeeded" as const, effect: "confirm" as const, text: message("What is it for?") };
    const asked = (reasons: TurnQuestion["reasons"], purpose?: string) =>
      turnDialog(question({ reasons }), team, reader, purpose);

    it("lets the person choose one of its purposes, after the buttons or alone", () => {
      const both = asked([...question().reasons, needed]);
      assert.deepEqual([both.purposes, both.isForPurposeAlone], [list, false]);
      const alone = asked([needed], "one that the team has given up");
      assert.deepEqual([alone.purposes, alone.isForPurposeAlone], [list, true]);
      assert.deepEqual(asked(question().reasons).purposes, []);
    });

    it("says the window's own with every answer, and asks for none then", () => {
      const { purposes, isForPurposeAlone, choices } = asked([needed], "incident");
      assert.deepEqual([purposes, isForPurposeAlone], [[], true]);
      assert.deepEqual(choices[0]?.answer, { choice: "send", purpose: "incident" });
      assert.ok(asked(question().reasons, "feature").choices.every(({ answer }) => answer.purpose === "feature"));
    });
  });
});
