import assert from "node:assert/strict";
import { type Machine, request, startBudget, type TestBudget, used } from "./support/budget.ts";

const MONTH = { id: "month", name: "Month", limit: "20" };

describe("reports, through the daemon", function () {
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

  it("tell a lead of the team, and a developer of themselves: what was spent, who stands where, and each entry", async () => {
    const asked = request({ output: 20_000 });
    assert.equal((await machine.service.open(asked, "w")).decision, "allow");
    await machine.service.sent(asked.id);
    await machine.service.settle({ id: asked.id, usage: used(20_000), usageSource: "provider" });
    await machine.service.refresh();
    const team = await lead.service.report({ groupBy: "developer,source" });
    assert.deepEqual(
      team.rows.map(({ by, requests }) => [by.developer, by.source, requests]),
      [["Dev", "send", 1]],
    );
    const own = await machine.service.report({ groupBy: "model" });
    assert.deepEqual([own.whose, own.total.cost], ["me", team.total.cost]);
    assert.equal((await lead.service.report({ whose: "me" })).total.requests, 0);
    assert.deepEqual(
      (await lead.service.teamGlance()).people.map(({ name }) => name),
      ["Dev", "Lee"],
    );
    assert.equal((await machine.service.teamGlance()).people.length, 1);
    assert.deepEqual(
      (await machine.service.ownEntries()).map(({ id }) => id),
      [asked.id],
    );
    assert.deepEqual(await lead.service.ownEntries(), []);
  });

  it("fail in words where nobody is signed in, and where the endpoint does not take them", async () => {
    await assert.rejects(lead.service.report({ groupBy: "mood" }), /One field is not valid/);
    await machine.service.disconnectAccount();
    await assert.rejects(machine.service.teamGlance(), /Sign in/);
  });
});
