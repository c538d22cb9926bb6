import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { saveHookFailure } from "../../src/daemon/hookFailure.ts";
import { SELF_TEST_ANSWER, SELF_TEST_EVENT } from "../../src/protocol/assistants.ts";
import { TestMachine } from "./fixtures/machine.ts";
import { hookBesideBrokenDaemon, hookEvent, runHook, runHookUnwaiting } from "./support/hooks.ts";

describe("the hook program", () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.close());

  it("starts the daemon where none runs, answers, and leaves nobody that holds its output", async () => {
    const run = runHook(machine, { hook_event_name: SELF_TEST_EVENT });
    assert.equal(await run.ended, 0); // `close`: its output has ended, too
    assert.deepEqual([run.out, run.err], [`${SELF_TEST_ANSWER}\n`, ""]);
    assert.equal(machine.served().length, 1);
  });

  it("lets pass what is no event, and says nothing", async () => {
    for (const input of ["", "garbage", "[]", '{"hook_event_name":7}', "null"]) {
      const run = runHook(machine, input);
      assert.deepEqual([await run.ended, run.out, run.err], [0, "", ""], input);
    }
  });

  it("reads its input to the end, also where that comes late and a read does not wait for it", async function () {
    if (process.platform === "win32") this.skip();
    const event = { hook_event_name: SELF_TEST_EVENT, prompt: "x".repeat(1 << 20) };
    const run = await runHookUnwaiting(machine, event);
    assert.deepEqual([await run.ended, run.out], [0, `${SELF_TEST_ANSWER}\n`]);
  });

  for (const [hookFailure, name, expected] of [
    ["allow", "UserPromptSubmit", /^\{"systemMessage":"Token Budget could not be asked, so this turn is not guarded: .*on fire/],
    ["allow", "PreToolUse", /^$/],
    ["block", "UserPromptSubmit", /^\{"decision":"block","reason":"Token Budget could not be asked.*on fire/],
    ["block", "PreToolUse", /^\{"continue":false,.*"permissionDecision":"deny"/],
    ["block", "Stop", /^$/],
  ] as const)
    it(`does what the policy says where the daemon cannot start: ${hookFailure}, ${name}`, async () => {
      mkdirSync(machine.stateDirectory, { recursive: true, mode: 0o700 });
      saveHookFailure(machine.stateDirectory, hookFailure);
      const run = runHook(machine, hookEvent(name, "s"), hookBesideBrokenDaemon(machine));
      assert.equal(await run.ended, 0);
      assert.match(run.out, expected);
    });
});
