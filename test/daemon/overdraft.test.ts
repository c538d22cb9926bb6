import assert from "node:assert/strict";
import { figuresOf } from "../../src/budget/allowance/allowance.ts";
import { formatAmount } from "../../src/budget/money.ts";
import { type Machine, PRICES, request, startBudget, type TestBudget, used } from "./support/budget.ts";

/** An answer of 10,000 tokens costs 10 cents. */
const POLICY = {
  prices: PRICES,
  confirm: {},
  allowances: [{ id: "month", name: "Month", limit: "0.25", overdraft: "0.1" }],
};

describe("an overdraft, on a machine", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let machine: Machine;
  beforeEach(async () => {
    budget = await startBudget(POLICY);
    machine = await budget.machine();
    await machine.signIn();
  });
  afterEach(() => budget.close());

  const dime = (more: object = {}) => request({ output: 10_000, ...more });
  const confirmed = { cost: "0.1", reasons: ["overdraft"] };
  async function spend(more: object = {}) {
    const asked = dime(more);
    const { decision, reasons } = await machine.service.open(asked, "window");
    if (decision !== "allow") return [decision, ...reasons.map(({ code }) => code)];
    await machine.service.sent(asked.id);
    await machine.service.settle({ id: asked.id, usage: used(10_000), usageSource: "provider" });
    return [decision];
  }

  it("is asked about once the limit does not do, granted after a yes, and no further than it goes", async () => {
    assert.deepEqual([await spend(), await spend()], [["allow"], ["allow"]]);
    assert.deepEqual(await spend(), ["confirm", "overdraft"]);
    assert.deepEqual(await spend({ confirmed }), ["allow"]);
    assert.deepEqual(await spend({ confirmed }), ["block", "doesNotFit"]);
    const [month] = machine.service.state().allowances;
    const { overdrawn, remaining } = figuresOf(month!);
    assert.deepEqual([overdrawn, remaining].map(formatAmount), ["0.05", "0.05"]);
    await machine.service.refresh();
    assert.equal((await budget.me()).allowances[0]?.spend, "0.3");
  });
});
