import assert from "node:assert/strict";
import type { Refusal, TurnAnswer, TurnQuestion } from "../../protocol/assistants.ts";
import { type AskableWindow, Windows } from "./windows.ts";

const question = { patience: 60_000 } as TurnQuestion;
const never = new AbortController().signal;

/** Answers at once, by its name as the amount. */
function window(name: string, answer: () => Promise<TurnAnswer> = async () => ({ choice: "send", amount: name })): AskableWindow {
  return { ask: answer, work: async () => ({ project: name }), tell: async () => {} };
}

describe("which window is asked", () => {
  it("is the one with the folder, the innermost; else the one that was used last", async () => {
    const windows = new Windows();
    const one = window("one");
    windows.place(one, { folders: ["/a"], focused: true });
    windows.place(window("two"), { folders: ["/a/b", "/c"], focused: true });
    windows.place(window("three"), { folders: [], focused: true });
    const asked = async (cwd: string) => ((await windows.ask(question, cwd, never)) as TurnAnswer).amount;
    assert.deepEqual(
      [await asked("/a"), await asked("/a/b/c"), await asked("/ab"), await asked("/elsewhere")],
      ["one", "two", "three", "three"],
    );
    windows.place(one, { folders: ["/a"], focused: false });
    assert.equal(await asked("/elsewhere"), "three");
    windows.place(one, { folders: ["/a"], focused: true });
    assert.equal(await asked("/elsewhere"), "one");
  });

  it("knows what the workspace of a folder asks for, all of its windows' rules together, and nothing for other folders", async () => {
    const windows = new Windows({ toBeAsked: 0, withRules: 0 });
    const one = window("one");
    windows.place(one, { folders: ["/a"], focused: true, rules: { block: { cost: "2" } } });
    windows.place(window("two"), { folders: ["/a/b"], focused: false, rules: { block: { cost: "1" } } });
    windows.place(window("three"), { folders: ["/c"], focused: false });
    const cost = async (cwd: string) => (await windows.rulesIn(cwd))?.block?.cost;
    const costs = ["/a", "/a/b/c", "/ab", "/c"].map(cost);
    assert.deepEqual(await Promise.all(costs), ["2", "1", undefined, undefined]);
    windows.remove(one);
    assert.equal(await windows.rulesIn("/a"), undefined);
  });

  it("says what a folder is for, where it has that folder and says so soon", async () => {
    const windows = new Windows();
    windows.place(window("one"), { folders: ["/a"], focused: true });
    windows.place({ ...window("two"), work: () => new Promise(() => {}) }, { folders: ["/b"], focused: true });
    windows.place({ ...window("three"), work: () => Promise.reject(new Error("older")) }, { folders: ["/c"], focused: true });
    const work = await Promise.all(["/a/x", "/b", "/c", "/elsewhere"].map((cwd) => windows.workIn(cwd)));
    assert.deepEqual(work, [{ project: "one" }, {}, {}, {}]);
  });

  it("is told of in the same", async () => {
    const windows = new Windows();
    const told: string[] = [];
    const hearing = (name: string) => ({ ...window(name), tell: async () => void told.push(name) });
    await windows.tell({} as Refusal, "/a"); // nobody is there
    windows.place(hearing("one"), { folders: ["/a"], focused: false });
    windows.place(hearing("two"), { folders: ["/b"], focused: true });
    for (const cwd of ["/a/c", "/elsewhere"]) await windows.tell({} as Refusal, cwd);
    assert.deepEqual(told, ["one", "two"]);
  });

  it("waits for what a workspace asks for while its window may still be on its way", async () => {
    const windows = new Windows();
    windows.place(window("other"), { folders: ["/other"], focused: true });
    const rules = windows.rulesIn("/a/b");
    windows.place(window("late"), { folders: ["/a"], focused: false, rules: { block: { cost: "2" } } });
    assert.equal((await rules)?.block?.cost, "2");
  });

  it("is the next where one goes, and one that comes while they may still be on their way", async () => {
    const windows = new Windows();
    windows.place(
      window("gone", () => Promise.reject(new Error("gone"))),
      { folders: ["/a"], focused: true },
    );
    const answer = windows.ask(question, "/a", never);
    windows.place(window("late"), { folders: [], focused: false });
    assert.deepEqual(await answer, { choice: "send", amount: "late" });
  });

  it("is none any more when nobody waits for the answer, or the answer takes too long", async () => {
    const windows = new Windows();
    const signals: AbortSignal[] = [];
    windows.place(
      {
        ask(_, signal) {
          signals.push(signal);
          return new Promise(() => {});
        },
        work: async () => ({}),
        async tell() {},
      },
      { folders: [], focused: true },
    );
    const gone = new AbortController();
    const answer = windows.ask(question, "/", gone.signal);
    await new Promise(setImmediate);
    gone.abort();
    await assert.rejects(answer, { name: "AbortError" });
    await assert.rejects(windows.ask(question, "/", gone.signal), { name: "AbortError" }); // shown to nobody
    assert.equal(await windows.ask({ ...question, patience: 1 }, "/", never), "late");
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true],
    );
  });
});
