import assert from "node:assert/strict";
import { type Machine, PRICES, startBudget, type TestBudget } from "./support/budget.ts";

describe("a lead's policy, through the daemon", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let lead: Machine;
  beforeEach(async () => {
    budget = await startBudget({});
    lead = await budget.lead();
  });
  afterEach(() => budget.close());

  const policy = { prices: PRICES, block: { cost: "3" } };

  it("is pushed over the version that it was made from, and is in force for everybody connected", async () => {
    const machine = await budget.machine();
    await machine.signIn();
    const pushed = await lead.service.pushPolicy({ policy, note: "a ceiling", over: 1 });
    assert.equal(pushed.outcome === "pushed" && pushed.version.version, 2);
    const { policy: seen } = await machine.until((state) => state.policy.version === 2);
    assert.deepEqual([seen.policy.block, seen.note, seen.author], [{ cost: "3" }, "a ceiling", "Lee"]);
    const versions = await machine.service.policyVersions();
    assert.deepEqual(
      versions.map(({ version }) => version),
      [2, 1],
    );
  });

  it("is told to be stale over an older version, and what is wrong with it, and nothing changes", async () => {
    assert.deepEqual(await lead.service.pushPolicy({ policy, note: "", over: 0 }), { outcome: "stale" });
    const invalid = await lead.service.pushPolicy({ policy: { softLimit: 7, confirm: { cost: "?" } }, note: "", over: 1 });
    assert.deepEqual(invalid.outcome === "invalid" && invalid.faults.map(({ pointer }) => pointer).sort(), [
      "/confirm/cost",
      "/softLimit",
    ]);
    assert.equal((await lead.service.policyVersions())[0]?.version, 1);
  });

  it("is tried before it is pushed", async () => {
    const { days, requests, people } = await lead.service.rehearsePolicy(policy);
    assert.deepEqual([days, requests, people.map(({ name }) => name)], [30, 0, ["Dev", "Lee"]]);
    await assert.rejects(lead.service.rehearsePolicy({ softLimit: 7 }), /not valid/);
  });

  it("is not for developers, and for nobody who is signed out", async () => {
    const machine = await budget.machine();
    await assert.rejects(machine.service.policyVersions(), /Sign in/);
    await machine.signIn();
    await assert.rejects(machine.service.pushPolicy({ policy, note: "", over: 1 }), /Only a lead/);
    await assert.rejects(machine.service.rehearsePolicy(policy), /Only a lead/);
  });
});
