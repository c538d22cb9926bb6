import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { NO_OUTPUTS, normOf, type OutputHistory, observe } from "../../src/budget/estimate/outputHistory.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import { connected, kill, TestMachine, until } from "./fixtures/machine.ts";
import { request, startBudget, type TestBudget, used } from "./support/budget.ts";

const KEY = "send test/one";

/** A request that does not say how long its answer will be. */
const open = (more: Parameters<typeof request>[0] = {}) => {
  const { estimate, ...rest } = request(more);
  return { ...rest, estimate: { input: estimate.input } };
};

describe("the history of output lengths", function () {
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

  const send = async (client: DaemonClient, output: number, times = 1) => {
    for (let i = 0; i < times; i++) {
      const asked = request({ output });
      assert.equal((await client.open(asked)).decision, "allow");
      await client.settle({ id: asked.id, usage: used(output), usageSource: "provider" });
    }
  };
  const signedIn = async () => {
    const client = machine.client();
    await connected(client);
    await client.connectAccount(budget.url, budget.token);
    return client;
  };

  /** As it is once all answers of so many requests have been learned from. */
  const learned = async (client: DaemonClient, output: number, times: number) => {
    const expected = normOf(Array.from({ length: times }).reduce<OutputHistory>((all) => observe(all, output), NO_OUTPUTS));
    await until(client, () => isDeepStrictEqual(client.state!.outputs[KEY], expected));
  };

  it("reaches every window after the answer that it comes from, by kind and model", async () => {
    const [one, two] = [await signedIn(), machine.client()];
    await send(one, 7_000, 30);
    await learned(one, 7_000, 30);
    const norm = one.state!.outputs[KEY]!;
    assert.ok(norm.likely > 6_000 && norm.likely < 8_000, String(norm.likely));
    assert.deepEqual(one.state!.outputs["send *"], norm);
    assert.equal(one.state!.outputs["chat test/one"], undefined);
    await until(two, () => two.state?.outputs[KEY]?.likely === norm.likely);
  });

  it("survives a daemon that is killed between two answers, and counts neither of them twice", async () => {
    const client = await signedIn();
    await send(client, 7_000, 12);
    await learned(client, 7_000, 12);
    await client.verify(); // and until it is in the ledger
    const before = client.state!.outputs[KEY]!;
    const asked = request({ output: 7_000 });
    await client.open(asked);
    const first = machine.daemon();
    kill(first);
    await until(client, () => client.link.phase === "connected" && machine.daemon() !== first);
    // The request under way is charged as uncertain: nobody knows how long its answer became.
    assert.deepEqual(client.state!.outputs[KEY], before);
    await client.settle({ id: asked.id, usage: used(900_000), usageSource: "provider" }).catch(() => {});
    assert.deepEqual(client.state!.outputs[KEY], before);
    await send(client, 7_000);
    await learned(client, 7_000, 13);
    assert.ok(client.state!.outputs[KEY]!.likely > before.likely, "goes on from where it was");
  });

  it("is what the guard expects of a request that does not say", async () => {
    const client = await signedIn();
    // By the stated prior, 2,000 tokens at $10/M.
    assert.equal((await client.open(open())).cost.high, "0.02");
    await send(client, 100, 40);
    await learned(client, 100, 40);
    const { high } = client.state!.outputs[KEY]!;
    assert.ok(high < 130, String(high));
    const reply = await client.open(open());
    assert.equal(Number(reply.cost.high), high / 100_000);
    assert.equal((await client.open(open({ requestedOutput: 10 }))).cost.high, "0.0001");
  });

  it("takes no answer whose end was not seen, and none that never came", async () => {
    const client = await signedIn();
    for (const [usage, usageSource] of [
      [used(50_000), "uncertain"],
      [used(50_000), "estimated"],
      [used(0), "provider"],
    ] as const)
      for (let i = 0; i < 10; i++) {
        const asked = request({ output: 100 });
        await client.open(asked);
        await client.settle({ id: asked.id, usage, usageSource });
      }
    assert.deepEqual(client.state!.outputs, {});
  });
});
