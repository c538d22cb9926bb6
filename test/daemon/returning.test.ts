import assert from "node:assert/strict";
import type { TurnQuestion } from "../../src/protocol/assistants.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import { connected, kill, type Run, TestMachine } from "./fixtures/machine.ts";
import { startBudget, type TestBudget } from "./support/budget.ts";
import { hookEvent, runHook } from "./support/hooks.ts";

const FOLDER = "/projects/ferry";
const MODEL = { provider: "copilot", model: "one" };
/** A turn is asked about by the team's rules alone. */
const POLICY = { prices: [{ model: "copilot/one", input: "1", output: "10" }], confirm: { cost: "0.01" } };

describe("a daemon that starts in the midst of somebody's work", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let machine: TestMachine;
  beforeEach(async () => {
    budget = await startBudget(POLICY);
    machine = new TestMachine();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") console.error(machine.log());
    await machine.close();
    await budget.close();
  });

  /** A window of somebody who is signed in; resolves with what it is asked first. */
  async function open(): Promise<{ client: DaemonClient; asked: Promise<TurnQuestion> }> {
    const client = machine.client();
    const asked = new Promise<TurnQuestion>((resolve) => {
      client.onAsk = async (question) => {
        resolve(question);
        return { choice: "stop" };
      };
    });
    await connected(client);
    await client.window({ folders: [FOLDER], focused: true });
    await client.connectAccount(budget.url, budget.token);
    return { client, asked };
  }

  const begin = (model: string) => runHook(machine, hookEvent("SessionStart", "s", { source: "new", model })).ended;

  /** The daemon is killed, and a hook starts the next while no window is there. */
  async function promptAfterKill(client: DaemonClient): Promise<Run> {
    const before = machine.served().length;
    client.dispose();
    kill(machine.daemon());
    const run = runHook(machine, hookEvent("UserPromptSubmit", "s", { prompt: "Sail.", cwd: FOLDER }));
    await machine.logged(" serves\n", before + 1);
    return run;
  }

  it("judges nothing before who was signed in is back: the question has the team's model, prices and reasons", async () => {
    const first = await open();
    await begin(MODEL.model);
    const run = await promptAfterKill(first.client);
    const { asked } = await open();
    const { reasons, ref } = await Promise.race([asked, run.ended.then(() => assert.fail(`it was not asked: ${run.out}`))]);
    assert.deepEqual(ref, MODEL);
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ["aboveConfirm"],
    );
    assert.equal(await run.ended, 0);
    assert.equal(JSON.parse(run.out).decision, "block");
  });

  it("lets nothing go where they do not come back and their team wants nothing sent unguarded", async () => {
    await budget.pushPolicy({ ...POLICY, assistants: { hookFailure: "block" } });
    const { client } = await open();
    const run = await promptAfterKill(client);
    assert.equal(await run.ended, 0);
    const { decision, reason } = JSON.parse(run.out) as { decision: string; reason: string };
    assert.equal(decision, "block");
    assert.match(reason, /no window in which you are signed in is open/);
  });

  it("goes by this machine's own rules where they do not come back, and where they had signed out", async () => {
    const { client } = await open();
    await begin("gpt-5-mini");
    const lost = await promptAfterKill(client);
    assert.deepEqual([await lost.ended, lost.out], [0, ""]);
    assert.match(machine.log(), /nobody is signed in: no window has brought .* back/);
    const again = await open();
    await again.client.disconnectAccount();
    const out = await promptAfterKill(again.client);
    assert.deepEqual([await out.ended, out.out], [0, ""]);
    assert.equal(machine.log().match(/nobody is signed in/g)?.length, 1);
  });
});
