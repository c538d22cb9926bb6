import assert from "node:assert/strict";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBudget, type TestBudget } from "../support/budget.ts";
import { ALLOWANCE, Chat, MODEL, PRICES } from "../support/chat.ts";

describe("a turn that was open when its daemon was killed", () => {
  const AHEAD = 5 * 60_000;
  let budget: TestBudget;
  afterEach(() => budget.close());

  it("is charged once, however far the endpoint's clock is from this machine's", async () => {
    const policy = { prices: PRICES, allowances: [ALLOWANCE], confirm: { cost: "1" } };
    budget = await startBudget(policy, () => Date.now() + AHEAD);
    const machine = await budget.machine();
    await machine.signIn();
    const chat = new Chat(machine);
    await chat.hook("SessionStart", "s", { source: "new", model: MODEL });
    await chat.prompt("s");
    const [begun, held] = [Date.now() + 2, chat.used()];
    const stateDirectory = mkdtempSync(join(tmpdir(), "tb-daemon-")); // as a killed daemon would have left it
    cpSync(machine.stateDirectory, stateDirectory, { recursive: true });
    const next = await budget.machine(stateDirectory);
    await next.signIn();
    const after = new Chat(next);
    assert.equal((await after.spent()).toFixed(6), held.toFixed(6));
    await after.report([{ session: "s", input: 1_000, at: begun }], 0);
    await after.report([{ session: "s", input: 1_000, at: Date.now() + 60_000 }]);
    assert.equal(await after.count(), 2);
  });
});
