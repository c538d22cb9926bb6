import assert from "node:assert/strict";
import type { TurnQuestion } from "../../../src/protocol/assistants.ts";
import { ALLOWANCE, reasonOf, useTurns } from "../support/chat.ts";

describe("a turn of the editor's own assistant that is under way", () => {
  const start = useTurns();

  it("is asked about between tools once it has used up what it was let go for, and may be stopped or go on to an amount", async () => {
    const { chat } = await start({ confirm: { cost: "0.3" } });
    await chat.prompt("s");
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 200_000, output: 10_000 }]); // $0.30
    chat.answers = [{ choice: "sendUpTo", amount: "0.5" }];
    const both = await Promise.all([chat.tool("s"), chat.tool("s")]);
    assert.deepEqual(both, [{ exitCode: 0 }, { exitCode: 0 }]);
    assert.deepEqual([chat.questions.length, chat.questions[0]?.kind, chat.questions[0]?.spent], [1, "running", "0.3"]);
    assert.ok(Math.abs(chat.used() - 0.5) < 0.001, `what it may go on to is held: ${chat.used()}`);
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 250_000 }]);
    const { stdout } = await chat.tool("s");
    const said = JSON.parse(stdout!);
    assert.deepEqual([said.continue, said.hookSpecificOutput.permissionDecision], [false, "deny"]);
    assert.match(said.stopReason, /stopped this turn, which has used \$0\.55/);
    assert.equal((await chat.tool("s")).stdout, stdout);
    assert.equal(chat.questions.length, 2);
  });

  it("is asked about for as long as the rules let it go on at all, and stopped without a word where they do not", async () => {
    const { chat } = await start({ confirm: { cost: "0.3" }, block: { cost: "0.5" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 400_000 }]);
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    const [{ kind, cost }] = chat.questions as [TurnQuestion];
    assert.equal(kind, "running");
    assert.ok(Number(cost.high) > 0.4 && Number(cost.high) <= 0.5, `${cost.high} is asked for`);
    await chat.report([{ session: "s", input: 110_000 }]);
    assert.match(JSON.parse((await chat.tool("s")).stdout!).stopReason, /requests above \$0\.50 are stopped/);
    assert.deepEqual([chat.questions.length, chat.told.length], [1, 1]);
    const { kind: told, reasons } = chat.told[0]!.refusal;
    assert.deepEqual([told, reasons[0]?.code], ["turn", "aboveBlock"]); // so that its window ends it: the model would be called again
  });

  it("is over as soon as it is stopped: no tool of it runs, nothing stays held, and what it had called is booked once", async () => {
    const { chat, machine } = await start({ confirm: { cost: "0.3" } });
    await chat.prompt("s");
    await chat.hook("PreToolUse", "s", { tool_name: "runSubagent", tool_use_id: "1", tool_input: { prompt: "Help." } });
    await chat.report([{ session: "s", input: 300_000, output: 10_000 }]);
    const { stdout } = await chat.tool("s");
    const { stopReason } = JSON.parse(stdout!);
    assert.equal(machine.service.state().assistants[0]?.running, 0);
    await machine.until((state) => chat.used(state) === 0.4);
    // The editor may not have cancelled it: it goes on, and so does its sub-agent.
    await chat.prompt("other");
    assert.equal((await chat.tool("s")).stdout, stdout);
    assert.equal(reasonOf(await chat.hook("UserPromptSubmit", "s", { prompt: "Help." })), stopReason);
    const late = { session: "s", input: 50_000, responseId: "late" };
    await chat.report([late, late], 1);
    await chat.report([late, { session: "s", input: 10_000 }], 1);
    assert.equal((await chat.spent()).toFixed(6), "0.460000");
    assert.deepEqual(await chat.tool("other"), { exitCode: 0 });
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 1);
  });

  it("is stopped by an answer that comes after its hook has gone: the window ends the turn before it answers", async () => {
    const { chat, machine } = await start({ confirm: { cost: "0.3" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 350_000 }]);
    const hook = new AbortController();
    chat.answers = [
      async () => {
        hook.abort(); // the editor ends it with the turn
        await new Promise(setImmediate);
        return { choice: "stop" };
      },
    ];
    await chat.hook("PreToolUse", "s", { tool_name: "read_file" }, hook.signal);
    assert.equal(machine.service.state().assistants[0]?.running, 0);
    assert.match(JSON.parse((await chat.tool("s")).stdout!).stopReason, /stopped this turn/);
  });

  it("goes on quietly while the whole of it stays below what is asked about", async () => {
    const { chat } = await start({ confirm: { cost: "5" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 300_000 }]);
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 0);
    assert.ok(chat.used() > 0.35, "the hold has grown");
  });

  it("is stopped where there is no money to go on", async () => {
    const { chat } = await start({ allowances: [{ ...ALLOWANCE, limit: "0.3" }], confirm: {} });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 290_000 }]);
    assert.match(JSON.parse((await chat.tool("s")).stdout!).stopReason, /stopped this turn.*left|used up/);
  });

  it("goes on without the endpoint where the team lets people go on then, as far as it lets them", async () => {
    const { chat, machine, budget } = await start({ confirm: { cost: "5" }, offline: { upTo: "1", beyond: "block" } });
    await budget.stopEndpoint();
    await machine.service.refresh();
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 300_000 }]);
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 500_000 }]);
    assert.match((await chat.tool("s")).stdout ?? "", /deny/);
    await budget.startEndpoint();
    await machine.service.refresh();
    await machine.until((state) => chat.used(state) === 0.8);
    assert.deepEqual((await machine.service.verify()).differences, []);
  });

  it("is asked about before it starts more sub-agents than the policy lets it", async () => {
    const { chat } = await start({ confirm: { cost: "5" }, assistants: { subagents: 2 } });
    await chat.prompt("s");
    const agent = (id: string) => chat.tool("s", { tool_name: "runSubagent", tool_use_id: id });
    assert.deepEqual([await agent("1"), await agent("2"), await agent("2")], [{ exitCode: 0 }, { exitCode: 0 }, { exitCode: 0 }]);
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await agent("3"), { exitCode: 0 });
    assert.deepEqual([chat.questions[0]?.kind, chat.questions[0]?.reasons[0]?.text.args], ["subagents", ["3", "2"]]);
    assert.deepEqual([await agent("4"), await agent("5")], [{ exitCode: 0 }, { exitCode: 0 }]);
    assert.equal(JSON.parse((await agent("6")).stdout!).continue, false);
  });

  it("goes on through its sub-agents' prompts, which hooks are told like the person's own", async () => {
    const { chat, machine } = await start({ confirm: { cost: "0.001" } });
    chat.answers = [{ choice: "send" }];
    await chat.prompt("s");
    const held = chat.used();
    const told = { tool_name: "runSubagent", tool_input: { description: "look", prompt: "Say hello" } };
    await chat.tool("s", told);
    const subagent = () => chat.hook("UserPromptSubmit", "s", { prompt: "Say hello" });
    assert.deepEqual(await subagent(), { exitCode: 0 });
    assert.deepEqual([chat.questions.length, chat.used(), machine.service.state().assistants[0]?.running], [1, held, 1]);
    await chat.report([{ session: "s", input: 5_000 }]);
    await chat.over("s");
    assert.deepEqual([await chat.count(), await chat.spent()], [1, 0.005]);
    assert.match(reasonOf(await subagent()), /chose not to send/, "the person's own words, once the turn is over");
  });
});
