import assert from "node:assert/strict";
import { message } from "../../budget/message.ts";
import type { BlockedPrompt } from "../../protocol/assistants.ts";
import type { State } from "../../protocol/daemon.ts";
import { refusalText } from "./refusal.ts";

const reader = {
  t: (template: string, ...args: (string | number)[]) =>
    template.replace(/\{(\d+)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  now: 0,
};

const prompt: BlockedPrompt = {
  kind: "prompt",
  assistant: "copilot",
  ref: { provider: "copilot", model: "gpt-5" },
  reasons: [
    { code: "aboveBlock", effect: "block", text: message("It may cost {0}, and requests above {1} are stopped", "$2", "$1") },
    { code: "spent", effect: "block", text: message("{0} has nothing left", "Your month") },
  ],
  high: "2",
  cheaper: [],
  mayAskForMore: false,
};

describe("what is said of what Copilot Chat is not let do", () => {
  const signedIn = { account: {} } as State;
  const titles = (part: Partial<BlockedPrompt>, state?: State) =>
    refusalText({ ...prompt, ...part }, state, reader).ways.map(({ title }) => title);

  it("is every reason, and what stays behind", () => {
    assert.equal(
      refusalText(prompt, undefined, reader).message,
      "Copilot Chat has not sent your prompt to gpt-5. It may cost $2, and requests above $1 are stopped. Your month has nothing left. " +
        "Its text stays in this session and goes along with your next message there.",
    );
  });

  it("is what a turn has used where that was stopped", () => {
    const { ref, reasons } = prompt;
    const turn = {
      kind: "turn",
      assistant: "copilot",
      ref,
      reasons: reasons.slice(1),
      spent: "2.5",
      mayAskForMore: true,
    } as const;
    const { message: said, ways } = refusalText(turn, signedIn, reader);
    assert.equal(said, "Copilot Chat was stopped: it has used $2.50 for this prompt. Your month has nothing left.");
    assert.deepEqual(
      ways.map(({ title }) => title),
      ["Ask for More…", "Show Policy"],
    );
  });

  it("offers what can be done, and no more: the lead, a cheaper model that is worth it, a fresh session, the policy", () => {
    const mini = { ref: { provider: "copilot", model: "gpt-5-mini" }, name: "gpt-5-mini", likely: "0.1" };
    assert.deepEqual(titles({}), ["Start Fresh Session"]);
    assert.deepEqual(titles({ mayAskForMore: true, cheaper: [{ ...mini, high: "0.5" }] }, signedIn), [
      ...["Ask for More…", "Choose Model…", "Start Fresh Session", "Show Policy"],
    ]);
    assert.deepEqual(titles({ cheaper: [{ ...mini, high: "1.9" }] }), ["Start Fresh Session"]);
    assert.match(
      refusalText({ ...prompt, cheaper: [{ ...mini, high: "0.5" }] }, signedIn, reader).message,
      /It would cost 4 times less on gpt-5-mini\./,
    );
    const [more] = refusalText({ ...prompt, mayAskForMore: true }, signedIn, reader).ways;
    assert.deepEqual([more?.command, more?.arguments], ["tokenBudget.askForMore", ["2"]]);
  });
});
