import assert from "node:assert/strict";
import { type Machine, PRICES, request, startBudget, type TestBudget, used } from "./support/budget.ts";

/** An answer of 10,000 tokens costs 10 cents. */
const POLICY = {
  prices: PRICES,
  confirm: {},
  allowances: [
    { id: "month", name: "Month", limit: "0.25" },
    { id: "fire", name: "Incidents", limit: "0.15", purposes: ["incident"] },
  ],
  purposes: {
    list: [
      { id: "incident", name: "Incident", exempt: true },
      { id: "feature", name: "Feature" },
    ],
    requiredAbove: "0.09",
  },
};

describe("the purpose of a request", function () {
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
  const codes = async (more: object = {}) => {
    const { decision, reasons } = await machine.service.open(dime(more), "window");
    return [decision, ...reasons.map(({ code }) => code)];
  };
  async function spend(purpose: string) {
    const asked = dime({ purpose });
    assert.equal((await machine.service.open(asked, "window")).decision, "allow");
    await machine.service.sent(asked.id);
    await machine.service.settle({ id: asked.id, usage: used(10_000), usageSource: "provider" });
    return asked.id;
  }
  const spent = async () => {
    await machine.service.refresh();
    return Object.fromEntries((await budget.me()).allowances.map(({ id, spend }) => [id, spend]));
  };

  it("must be said above a cost: no yes is enough, and none of another team's", async () => {
    assert.deepEqual(await codes(), ["confirm", "purposeNeeded"]);
    assert.deepEqual(await codes({ confirmed: { cost: "9", reasons: ["purposeNeeded"] } }), ["confirm", "purposeNeeded"]);
    assert.deepEqual(await codes({ purpose: "another" }), ["confirm", "purposeNeeded"]);
    assert.deepEqual(await codes({ purpose: "feature" }), ["allow"]);
  });

  it("leaves with the entry, for it is the team's own word", async () => {
    const id = await spend("feature");
    await machine.service.refresh();
    const bodies = machine.service.uploads().map(({ body }) => body as { entries?: { id: string; purpose?: string }[] });
    assert.equal(bodies.flatMap(({ entries = [] }) => entries).find((one) => one.id === id)?.purpose, "feature");
  });

  it("lets critical work go first, on an allowance of its own and up to it", async () => {
    await spend("feature");
    await spend("feature");
    assert.deepEqual(await codes({ purpose: "feature" }), ["block", "doesNotFit"]);
    await spend("incident");
    assert.deepEqual(await spent(), { month: "0.2", fire: "0.1" });
    assert.deepEqual(await codes({ purpose: "incident" }), ["block", "doesNotFit"]);
    assert.deepEqual((await budget.admin.verify()).differences, []);
  });

  it("counts where it is, whatever becomes of its purposes", async () => {
    await spend("incident");
    const { version } = machine.service.state().policy;
    await budget.pushPolicy({ ...POLICY, allowances: POLICY.allowances.slice(0, 1), purposes: { list: [] } });
    await machine.until(({ policy }) => policy.version > version);
    assert.deepEqual(await spent(), { month: "0" });
    assert.deepEqual((await budget.admin.verify()).differences, []);
  });
});
