import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type Machine, PRICES, request, startBudget, type TestBudget } from "./support/budget.ts";

const MONTH = { id: "month", name: "Month", limit: "1" };

describe("asking for more, through the daemon", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let lead: Machine;
  let machine: Machine;
  beforeEach(async () => {
    budget = await startBudget({ allowances: [MONTH], confirm: {} });
    lead = await budget.lead();
    machine = await budget.machine();
    await machine.signIn();
  });
  afterEach(() => budget.close());

  const ask = async (more: object = {}) => {
    const [allowance] = machine.service.state().allowances;
    const asked = { allowance: allowance!.key, amount: "4", reason: "the release", ...more };
    return machine.service.askForMore({ id: randomUUID(), asked });
  };

  it("a refused request goes through once a lead's window has approved", async () => {
    const big = request({ output: 200_000 }); // $2
    assert.equal((await machine.service.open(big, "w")).decision, "block");
    const { id } = await ask();
    assert.equal(machine.service.state().grants[0]?.state, "requested");
    const { grants } = await lead.until((state) => state.grants.length === 1);
    assert.deepEqual([grants[0]?.person.name, grants[0]?.reason], ["Dev", "the release"]);
    await lead.service.decideGrant(id, "approve");
    assert.deepEqual(lead.service.state().grants, []);
    const state = await machine.until(({ allowances }) => allowances[0]?.limit === "5");
    assert.deepEqual([state.grants[0]?.state, state.grants[0]?.decidedBy], ["approved", "Lee"]);
    assert.equal((await machine.service.open(big, "w")).decision, "allow");
  });

  it("what was refused is refused again without asking, until something is heard that may have changed it", async () => {
    const asked = () => machine.service.uploads().filter(({ path }) => path.endsWith("/sync")).length;
    const open = async (output: number) => (await machine.service.open(request({ output }), "w")).decision;
    assert.equal(await open(200_000), "block");
    const before = asked();
    assert.deepEqual([await open(200_000), await open(300_000)], ["block", "block"]);
    assert.equal(asked(), before);
    assert.equal(await open(50_000), "allow", "a smaller one is asked for");
    const { id } = await ask();
    await lead.service.decideGrant(id, "approve");
    await machine.until(({ allowances }) => allowances[0]?.limit === "5");
    assert.equal(await open(200_000), "allow");
  });

  it("what was refused goes through at once when more is taken without asking", async () => {
    await budget.pushPolicy({ prices: PRICES, allowances: [MONTH], confirm: {}, grants: { breakGlass: { period: "50" } } });
    await machine.until(({ policy }) => policy.version === 2);
    const big = request({ output: 200_000 }); // $2
    assert.equal((await machine.service.open(big, "w")).decision, "block");
    assert.equal((await ask({ breakGlass: true })).state, "approved");
    assert.equal((await machine.service.open(big, "w")).decision, "allow");
  });

  it("what was decided while nobody was connected is known at the next sign-in", async () => {
    const { id } = await ask();
    await machine.service.disconnectAccount();
    assert.deepEqual(machine.service.state().grants, []);
    await lead.service.decideGrant(id, "deny");
    await machine.signIn();
    const { grants } = await machine.until((state) => state.grants.length === 1);
    assert.equal(grants[0]?.state, "denied");
  });

  it("a limit falls by itself when its grant ends", async () => {
    const until = new Date(Date.now() + 1_500).toISOString();
    const { id } = await ask({ until });
    await lead.service.decideGrant(id, "approve");
    await machine.until(({ allowances }) => allowances[0]?.limit === "5");
    const state = await machine.until(({ allowances }) => allowances[0]?.limit === "1");
    assert.equal(state.grants[0]?.state, "expired");
    assert.ok(Date.now() >= Date.parse(until));
  });

  it("the same message twice asks once, and a developer decides nothing", async () => {
    const asking = {
      id: randomUUID(),
      asked: { allowance: machine.service.state().allowances[0]!.key, amount: "4", reason: "r" },
    };
    const { id } = await machine.service.askForMore(asking);
    assert.equal((await machine.service.askForMore(asking)).id, id);
    assert.equal((await machine.service.grants()).length, 1);
    await assert.rejects(machine.service.decideGrant(id, "approve"), /Only a lead/);
    await assert.rejects(ask({ amount: "0" }), /not valid/);
  });
});
