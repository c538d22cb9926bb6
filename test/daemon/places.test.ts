import assert from "node:assert/strict";
import { loadBudgetService } from "../../src/daemon/client/inHost.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import { connected, DAEMON, kill, TestMachine, until } from "./fixtures/machine.ts";
import { request, startBudget, type TestBudget, used } from "./support/budget.ts";

const MONTH = { id: "month", name: "Your month", limit: "10" };

/** A client whose daemon is a process of its own, or (where none can be started) inside the client's. */
const PLACES: Record<"process" | "host", (machine: TestMachine) => DaemonClient> = {
  process: (machine) => machine.client(),
  host: (machine) =>
    machine.client({
      execPath: machine.path("no-such-node"),
      inHost: (stateDirectory) => loadBudgetService(DAEMON, { stateDirectory, version: "0.1.0", log: () => {} }),
    }),
};

for (const [place, clientIn] of Object.entries(PLACES)) {
  describe(`the guard, by a client whose daemon is in the ${place}`, function () {
    this.timeout(60_000);
    let budget: TestBudget;
    let machine: TestMachine;
    let client: DaemonClient;

    beforeEach(async () => {
      machine = new TestMachine();
      client = clientIn(machine);
      await connected(client);
    });
    afterEach(async () => {
      await client.disconnectAccount();
      await machine.close();
      await budget.close();
    });
    const signIn = async (policy: object) => {
      budget = await startBudget({ allowances: [MONTH], confirm: {}, ...policy });
      assert.equal((await client.connectAccount(budget.url, budget.token)).phase, "live");
    };
    const spend = async () => {
      await client.refresh();
      return (await budget.me()).allowances[0]!.spend;
    };

    it("runs where it says", async () => {
      await signIn({});
      assert.equal(client.link.place, place);
    });

    it("takes a client's word that nothing left, and charges in full what one may send when it goes", async () => {
      await signIn({});
      const [cancelled, open] = [request({ output: 10_000 }), request({ output: 20_000 })];
      for (const asked of [cancelled, open]) assert.equal((await client.open(asked)).decision, "allow");
      await client.cancel(cancelled.id);
      client.dispose();
      client = clientIn(machine);
      await connected(client);
      await client.connectAccount(budget.url, budget.token);
      assert.equal(await spend(), "0.2");
    });

    it("allows, holds and settles", async () => {
      await signIn({});
      const asked = request({ output: 10_000 });
      const reply = await client.open(asked);
      assert.deepEqual([reply.decision, reply.held.usd], ["allow", "0.1"]);
      const settled = await client.settle({ id: asked.id, usage: used(5_000), usageSource: "provider" });
      assert.deepEqual(settled, { cost: "0.05", overshoot: "0" });
      assert.equal(await spend(), "0.05");
    });

    it("leaves no spend of what is blocked, asked about or cancelled", async () => {
      await signIn({ confirm: { cost: "0.05" }, block: { cost: "0.5" } });
      assert.equal((await client.open(request({ output: 60_000 }))).decision, "block");
      const dear = request({ output: 10_000 });
      const asked = await client.open(dear);
      assert.equal(asked.decision, "confirm");
      await client.cancel(dear.id);
      const confirmed = { cost: asked.cost.high, reasons: asked.reasons.map(({ code }) => code) };
      assert.equal((await client.open({ ...dear, confirmed })).decision, "allow");
      await client.cancel(dear.id);
      assert.equal(await spend(), "0");
      assert.equal(client.state?.pending.entries, 0);
    });

    it("shows the person what left the machine, without the token", async () => {
      await signIn({});
      const asked = request({ output: 10_000 });
      await client.open(asked);
      await client.cancel(asked.id);
      const uploads = await client.uploads();
      assert.deepEqual(
        uploads.slice(0, 2).map(({ method, path }) => `${method} ${path.replace(/a_[\w-]+/, "ID")}`),
        ["POST /v1/advances", "POST /v1/advances/ID/sync"],
      );
      assert.ok(!JSON.stringify(uploads).includes(budget.token));
    });
  });
}

describe("a daemon that is killed", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let machine: TestMachine;

  before(async () => {
    budget = await startBudget({ allowances: [MONTH], confirm: {} });
    machine = new TestMachine();
  });
  after(async () => {
    await machine.close();
    await budget.close();
  });

  it("loses nothing: what it let go is charged in full as uncertain, and asked for again it goes by another id", async () => {
    const client = machine.client();
    await client.connectAccount(budget.url, budget.token);
    const [sent, cancelled] = [request({ output: 10_000 }), request({ output: 20_000 })];
    for (const asked of [sent, cancelled]) assert.equal((await client.open(asked)).decision, "allow");
    await client.cancel(cancelled.id);
    const killed = machine.daemon();
    kill(killed);
    await until(
      client,
      () => client.link.phase === "connected" && machine.daemon() !== killed && client.state?.sync.phase === "live",
    );
    await client.refresh();
    assert.equal((await budget.me()).allowances[0]!.spend, "0.1");
    assert.equal((await budget.me()).allowances[0]!.held, "0");
    const settled = await client.settle({ id: sent.id, usage: used(1), usageSource: "provider" });
    assert.deepEqual(settled, { cost: "0.1", overshoot: "0" }, "what was charged stands");
    const { id, decision } = await client.open(sent);
    assert.deepEqual([decision, id === sent.id], ["allow", false]);
    assert.equal((await client.settle({ id, usage: used(1_000), usageSource: "provider" })).cost, "0.01");
    await client.refresh();
    assert.equal((await budget.me()).allowances[0]!.spend, "0.11");
    const secrets = [budget.token, `Bearer ${budget.token}`];
    assert.ok(secrets.every((secret) => !machine.log().includes(secret)));
  });
});
