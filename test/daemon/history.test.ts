import assert from "node:assert/strict";
import { totalOf } from "../../src/budget/spending/spending.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import type { OpenRequest } from "../../src/protocol/daemon.ts";
import { connected, kill, TestMachine, until } from "./fixtures/machine.ts";
import { request, startBudget, type TestBudget, used } from "./support/budget.ts";

describe("the history of spend", function () {
  this.timeout(60_000);
  let machine: TestMachine;
  let budget: TestBudget;
  before(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "1000" }], confirm: {} });
  });
  after(() => budget.close());
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.close());

  /** An answer of so many thousand tokens costs so many cents. */
  const send = async (client: DaemonClient, thousands: number, more: Partial<OpenRequest> = {}) => {
    const asked = request({ output: thousands * 1_000, ...more });
    assert.equal((await client.open(asked)).decision, "allow");
    await client.settle({ id: asked.id, usage: used(thousands * 1_000), usageSource: "provider" });
  };
  const signedIn = async () => {
    const client = machine.client();
    await connected(client);
    await client.connectAccount(budget.url, budget.token);
    return client;
  };

  it("is the same for every client and after a restart, and goes on from there", async () => {
    const client = await signedIn();
    await send(client, 3, { workspace: "ferry" });
    await send(client, 5, { origin: "chat" });
    const history = await client.history(14);
    assert.deepEqual(
      history.rows.map(({ workspace, origin, requests, cost }) => [workspace, origin, requests, cost]),
      [
        ["ferry", "send", 1, "0.03"],
        [undefined, "chat", 1, "0.05"],
      ],
    );
    assert.equal(history.timeZone, "UTC"); // the team's
    assert.equal(history.first, history.today);
    assert.deepEqual(await machine.client().history(14), history);

    kill(machine.daemon());
    await until(client, () => client.link.phase === "connecting");
    await until(client, () => client.state?.sync.phase === "live");
    assert.deepEqual(await client.history(14), history);
    await send(client, 1, { workspace: "ferry" });
    assert.equal((await client.history(14)).rows[0]?.requests, 2);
  });

  it("keeps apart what was spent without the account", async () => {
    const client = machine.client();
    await connected(client);
    const gpt: Partial<OpenRequest> = {
      ref: { provider: "openai", model: "gpt-5" },
      confirmed: { cost: "9", reasons: ["aboveConfirm"] },
    };
    await send(client, 1, gpt);
    await client.connectAccount(budget.url, budget.token);
    assert.deepEqual((await client.history(14)).rows, []);
    await client.disconnectAccount();
    assert.equal((await client.history(14)).rows.length, 1);
  });

  it("never tells the endpoint a workspace's name", async () => {
    const client = await signedIn();
    await send(client, 2, { workspace: "a-secret-project" });
    await client.refresh();
    const uploads = JSON.stringify(await client.uploads());
    assert.match(uploads, /"entries":\[\{/);
    assert.doesNotMatch(uploads, /a-secret-project|workspace/);
    assert.equal(totalOf((await client.history(1)).rows).usd, 20_000_000n);
  });
});
