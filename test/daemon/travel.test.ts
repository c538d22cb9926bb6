import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type Machine, request, startBudget, type TestBudget, used } from "./support/budget.ts";

const HOUR = 3_600_000;

describe("a travel advance", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  /** How far this machine's time has gone on beyond the real one (ms). */
  let ahead = 0;
  const clock = {
    wall: () => Date.now() + ahead,
    elapsed: () => performance.now() + ahead,
    monotone: () => performance.now() + ahead,
  };

  beforeEach(async () => {
    ahead = 0;
    const month = { id: "month", name: "Your month", limit: "100" };
    budget = await startBudget({ allowances: [month], confirm: {}, offline: "block" });
  });
  afterEach(() => budget.close());

  const goOffline = async ({ service }: Machine) => {
    await budget.stopEndpoint();
    await service.refresh();
    assert.equal(service.state().sync.phase, "offline");
  };
  /** A dollar. */
  const send = async ({ service }: Machine) => {
    const asked = request({ output: 100_000 });
    const { decision, reasons } = await service.open(asked, "window");
    if (decision !== "allow") return reasons[0]?.code;
    await service.sent(asked.id);
    await service.settle({ id: asked.id, usage: used(100_000), usageSource: "provider" });
    return "sent";
  };

  it("is spent without the endpoint, for as long as was said and no more than was granted; all of it is booked once", async () => {
    const machine = await budget.machine(undefined, { clock });
    await machine.signIn();
    await machine.service.takeAlong({ amount: "3", hours: 4 });
    assert.equal((await budget.me()).allowances[0]!.held, "3");
    assert.equal(machine.service.state().travel?.left, "3");
    await machine.service.refresh();
    assert.equal((await budget.me()).allowances[0]!.held, "3", "it does not go home because nothing is spent");
    await goOffline(machine);
    ahead = 3 * HOUR; // long after the endpoint's own limit of time
    assert.deepEqual([await send(machine), await send(machine), await send(machine)], ["sent", "sent", "sent"]);
    assert.equal(machine.service.state().travel?.left, "0");
    assert.equal(await send(machine), "offline", "no more than was granted");
    await budget.startEndpoint();
    await machine.service.refresh();
    await machine.service.disconnectAccount();
    const { spend, held } = (await budget.me()).allowances[0]!;
    assert.deepEqual([spend, held], ["3", "0"]);
  });

  it("is kept without a word when a request is settled, though the endpoint's cap is below it", async () => {
    const machine = await budget.machine(undefined, { clock });
    await machine.signIn();
    await machine.service.takeAlong({ amount: "90", hours: 4 });
    await machine.service.refresh(); // the endpoint knows that it is free, and caps it at half of what is
    const said = machine.service.uploads().length;
    assert.equal(await send(machine), "sent");
    await turn(); // in which money that is called home would leave
    assert.equal(machine.service.uploads().length, said);
    assert.equal(machine.service.state().travel?.left, "89");
  });

  it("stays when the rest, which nobody wants any more, goes home", async () => {
    const machine = await budget.machine(undefined, { clock });
    await machine.signIn();
    for (let count = 0; count < 5; count++) assert.equal(await send(machine), "sent"); // so that more than it lies free
    await machine.service.takeAlong({ amount: "3", hours: 4 });
    ahead = HOUR / 4;
    const small = request({ output: 10 });
    await machine.service.open(small, "window");
    await machine.service.settle({ id: small.id, usage: used(10), usageSource: "provider" });
    await machine.service.refresh();
    assert.equal((await budget.me()).allowances[0]!.held, "3", "the rest is home");
    assert.equal(machine.service.state().travel?.left, "3");
  });

  it("is taken along once more by another window at the same moment, and both hear of it", async () => {
    const machine = await budget.machine(undefined, { clock });
    await machine.signIn();
    const taken = ["5", "3"].map((amount) => machine.service.takeAlong({ amount, hours: 4 }));
    await Promise.all(taken);
    assert.equal(machine.service.state().travel?.left, "3");
  });

  it("ends when it was to end, and goes home then", async () => {
    const machine = await budget.machine(undefined, { clock });
    await machine.signIn();
    await machine.service.takeAlong({ amount: "3", hours: 4 });
    await goOffline(machine);
    ahead = 4 * HOUR + 1_000;
    assert.equal(await send(machine), "offline");
    assert.equal(machine.service.state().travel, undefined);
  });

  it("outlives a restart without the endpoint", async () => {
    const machine = await budget.machine(undefined, { clock });
    await machine.signIn();
    await machine.service.takeAlong({ amount: "3", hours: 4 });
    await goOffline(machine);
    assert.equal(await send(machine), "sent");
    await machine.service.close();
    ahead = HOUR;
    const again = await budget.machine(machine.stateDirectory, { clock });
    await again.service.connectAccount(budget.url, budget.token);
    assert.equal(again.service.state().travel?.left, "2");
    assert.deepEqual([await send(again), await send(again), await send(again)], ["sent", "sent", "offline"]);
    await budget.startEndpoint();
    await again.service.refresh();
    assert.equal((await budget.me()).allowances[0]!.spend, "3");
    assert.deepEqual((await again.service.verify()).differences, []);
    await again.service.disconnectAccount();
    assert.equal((await budget.me()).allowances[0]!.held, "0");
  });

  it("is refused for what it cannot be, with the reason", async () => {
    const machine = await budget.machine(undefined, { clock });
    await assert.rejects(machine.service.takeAlong({ amount: "3", hours: 4 }), /Sign in/);
    await machine.signIn();
    await assert.rejects(machine.service.takeAlong({ amount: "3", hours: 25 }), /at most 24 hours/);
    await assert.rejects(machine.service.takeAlong({ amount: "101", hours: 4 }), /Only \$100 is left/);
    assert.equal(machine.service.state().travel, undefined);
    await goOffline(machine);
    await assert.rejects(machine.service.takeAlong({ amount: "3", hours: 4 }), /before the journey/);
  });
});
