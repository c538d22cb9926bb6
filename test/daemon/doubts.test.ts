import assert from "node:assert/strict";
import { request, startBudget, used } from "./support/budget.ts";

describe("money that a silent machine holds, through a lead's daemon", function () {
  this.timeout(60_000);

  it("is listed and written off by the lead, and counts all the same when the machine says what it spent", async () => {
    let ahead = 0;
    const allowances = [{ id: "month", name: "Your month", limit: "10" }];
    const budget = await startBudget({ allowances, confirm: {} }, () => Date.now() + ahead);
    try {
      const lead = await budget.lead();
      const machine = await budget.machine();
      await machine.signIn();
      const asked = request({ output: 100_000 }); // $1
      assert.equal((await machine.service.open(asked, "window")).decision, "allow");
      await machine.service.sent(asked.id);
      assert.deepEqual(await lead.service.doubts(), []);
      await assert.rejects(machine.service.doubts(), /Only a lead/);
      ahead = 15 * 60_000;
      const [doubt] = await lead.service.doubts();
      assert.equal(doubt?.person?.name, "Dev");
      await lead.service.writeOff(doubt.id);
      assert.deepEqual(await lead.service.doubts(), []);
      assert.equal((await budget.me()).allowances[0]?.held, "0");
      await machine.service.settle({ id: asked.id, usage: used(90_000), usageSource: "provider" });
      await machine.service.refresh();
      assert.equal((await budget.me()).allowances[0]?.spend, "0.9");
      assert.equal(
        (await machine.service.open(request({ output: 100_000 }), "window")).decision,
        "allow",
        "from an advance of its own",
      );
    } finally {
      await budget.close();
    }
  });
});
