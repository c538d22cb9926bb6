import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../../../src/protocol/daemon.ts";
import { useTurns } from "../support/chat.ts";
import { PROMPT } from "../support/telemetry.ts";

describe("what a turn of the editor's own assistant has used", () => {
  const start = useTurns();

  it("is booked once, however often it is reported, and what its turns repeat is not counted", async () => {
    const { chat } = await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    const calls = [{ session: "s", input: 1_000, output: 100, responseId: "r1" }];
    await chat.report([...calls, ...calls, { session: "s", input: 1_000, output: 100, operation: "invoke_agent" }], 1);
    await chat.report([...calls, { session: "s", input: 500, output: 50, responseId: "r2" }], 1);
    assert.equal((await chat.spent()).toFixed(6), "0.003000");
  });

  it("is for what its window says, calls and all; of that leaves what the policy shares", async () => {
    const work = { project: "fernway/ferry", branch: "ABC-7-lights", issue: "ABC-7", workspace: "Ferry" };
    const { chat, machine } = await start({ confirm: { cost: "1" }, share: { project: true, issue: true } });
    machine.service.useAsker(async () => "nobody", { workIn: async (cwd) => (cwd === "/projects/ferry" ? work : {}) });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 1_000 }]);
    await machine.service.refresh();
    const bodies = machine.service.uploads().map(({ body }) => body as { entries?: object[] } | undefined);
    const [entry] = bodies.flatMap((body) => body?.entries ?? []) as Record<string, unknown>[];
    assert.deepEqual([entry?.project, entry?.issue, entry?.branch], [work.project, work.issue, undefined]);
    assert.equal((await chat.rows())[0]?.workspace, "Ferry");
  });

  it("counts what its sub-agents call", async () => {
    const { chat } = await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    const held = chat.used();
    await chat.report([{ session: "child", parent: "s", input: 10_000 }]);
    assert.ok(Math.abs(chat.used() - held) < 0.00001, "drawn from the turn's hold");
  });

  it("books what is reported after it is over, and what nobody asked about", async () => {
    const { chat, machine } = await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 1_000 }]);
    await chat.over("s");
    await chat.report([{ session: "s", input: 2_000 }, { session: "nobody", input: 4_000 }, { input: 8_000 }]);
    assert.equal((await chat.spent()).toFixed(6), "0.015000");
    const ofCopilot = ({ coverage }: State) => coverage.filter(({ source }) => source === "Copilot Chat");
    const shares = ofCopilot(await machine.until((state) => ofCopilot(state).length === 2));
    assert.deepEqual(
      shares.map(({ level, share }) => [level, share?.toFixed(3)]),
      [
        ["guarded", (1 / 15).toFixed(3)],
        ["observed", (14 / 15).toFixed(3)],
      ],
    );
  });

  it("is charged at what was held where nothing was reported, and not again by a late report", async () => {
    const { chat } = await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    const begun = Date.now();
    const held = chat.used();
    await chat.hook("Stop", "s");
    while ((await chat.count()) === 0) await chat.changed();
    assert.equal((await chat.spent()).toFixed(6), held.toFixed(6));
    await chat.report([{ session: "s", input: 1_000, at: begun }], 0);
    await chat.report([{ session: "s", input: 1_000, at: Date.now() + 60_000 }]);
    assert.equal(await chat.count(), 2);
  });

  it("is charged without what the session's next turn calls, which is booked beside it", async () => {
    const { chat } = await start({ confirm: { cost: "1" } }, { reports: 300, lateReports: 300 });
    await chat.prompt("s");
    const held = chat.used();
    await chat.hook("Stop", "s");
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 1_000 }]);
    const begun = Date.now();
    while ((await chat.count()) < 2) await chat.changed(); // the first turn is charged
    await chat.report([{ session: "s", input: 50_000, at: begun }]);
    assert.equal((await chat.spent()).toFixed(6), (held + 0.051).toFixed(6));
  });

  it("is told to whoever's money was held for it, though they have signed out meanwhile", async () => {
    const { chat, machine, budget } = await start({ confirm: { cost: "1" } }, { reports: 1, lateReports: 1 });
    await chat.prompt("s");
    await machine.service.disconnectAccount();
    await chat.report([{ session: "s", input: 100_000 }], 0);
    await chat.hook("Stop", "s");
    await machine.until(({ assistants }) => assistants[0]?.running === 0);
    await machine.signIn();
    await chat.over("s");
    await machine.service.refresh();
    const { spend, held } = (await budget.me()).allowances[0]!;
    assert.deepEqual([spend, held], ["0.1", "0"]);
    assert.deepEqual((await machine.service.verify()).differences, []);
  });

  it("is charged by what the editor has written down, where telemetry tells nothing", async () => {
    const { chat, machine } = await start({ confirm: { cost: "1" } });
    const storage = join(machine.stateDirectory, "workspaceStorage/abc");
    mkdirSync(join(storage, "chatSessions"), { recursive: true });
    const session = {
      requests: [{ promptTokens: 30_000, completionTokens: 2_000, result: { metadata: { toolCallRounds: [{}] } } }],
    };
    writeFileSync(join(storage, "chatSessions/s.jsonl"), JSON.stringify({ kind: 0, v: session }));
    await chat.hook("UserPromptSubmit", "s", {
      ...{ prompt: PROMPT, transcript_path: join(storage, "GitHub.copilot-chat/transcripts/s.jsonl") },
    });
    await chat.hook("Stop", "s");
    while ((await chat.count()) === 0) await chat.changed();
    const [row] = await chat.rows();
    assert.deepEqual([row?.cost, row?.uncertain, row?.origin], ["0.05", 0, "copilot"]);
  });

  it("costs nothing more where a plan covers it, and takes its part of that plan", async () => {
    const plans = [{ name: "Copilot Business", models: ["copilot/*"], window: "month", unit: "credits", limit: "1500" }];
    const { chat, machine } = await start({ confirm: { cost: "0.01" }, plans });
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 200_000, output: 10_000 }]); // $0.30 by the price list: 30 credits
    const { planMeters } = await machine.until((state) => state.planMeters[0]?.used === "30");
    assert.deepEqual([planMeters[0]?.limit, await chat.spent(), chat.questions.length], ["1500", 0, 0]);
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
  });

  it("leaves no word of a prompt behind", async () => {
    const { chat, machine } = await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }];
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 1_000 }]);
    await machine.service.refresh();
    assert.doesNotMatch(JSON.stringify([machine.service.uploads(), machine.log, chat.questions]), /ferry sails/);
    for (const file of readdirSync(machine.stateDirectory, { withFileTypes: true }))
      if (file.isFile()) assert.ok(!readFileSync(join(machine.stateDirectory, file.name)).includes("ferry sails"), file.name);
  });

  it("learns from the person's own turns", async () => {
    const { chat } = await start({ confirm: { cost: "0.2" } });
    for (let turn = 0; turn < 30; turn++) {
      chat.answers = [{ choice: "send" }];
      await chat.prompt("s");
      await chat.report([{ session: "s", input: 12_000, output: 10 }]);
      await chat.over("s");
    }
    const before = chat.questions.length;
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, before, "small turns are expected to stay small");
  });
});
