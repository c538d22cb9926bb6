import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { DaemonClient } from "../../src/protocol/client.ts";
import type { OpenRequest, Settlement } from "../../src/protocol/daemon.ts";
import type { WholeInput } from "../../src/tokens/estimate/calibration.ts";
import { estimateTokens } from "../../src/tokens/estimate.ts";
import { type Usage, usageOf } from "../../src/wire/usage.ts";
import { connected, kill, TestMachine, until } from "./fixtures/machine.ts";
import { type Machine, startBudget, type TestBudget } from "./support/budget.ts";

const CLI = fileURLToPath(new URL("../../src/main/cli.ts", import.meta.url));
const MODEL = "claude-sonnet-4-5";
const WHOLE: WholeInput = { tokens: 1_000, shares: { prose: 0.7, code: 0.3, data: 0, cjk: 0, other: 0, layout: 0 }, frame: 7 };

function request(whole?: WholeInput, model = MODEL): OpenRequest {
  const input = { low: 1_000, likely: 1_200, high: 1_400, exact: false };
  const output = { likely: 10, high: 10, worst: 10 };
  const ref = { provider: "anthropic", model };
  return { id: randomUUID(), origin: "send", ref, estimate: { input, output, ...(whole && { whole }) } };
}

describe("what a daemon learns about tokenizers", function () {
  this.timeout(60_000);
  let machine: TestMachine;
  let client: DaemonClient;
  beforeEach(async () => {
    machine = new TestMachine();
    client = machine.client();
    await connected(client);
  });
  afterEach(() => machine.close());

  async function send(asked: OpenRequest, end: Partial<Settlement> & { usage: Usage }): Promise<void> {
    assert.equal((await client.open(asked)).decision, "allow");
    await client.settle({ id: asked.id, usageSource: "provider", ...end });
    await client.verify(); // it has learned by then, and told so
  }
  const billed = (input: number) => ({ usage: usageOf({ input, output: 5 }) });
  const learned = () => client.state?.calibration?.models.map(({ name, observations }) => `${name} ${observations}`) ?? "nothing";
  const likely = () => estimateTokens(WHOLE, MODEL, client.state!.calibration).likely;

  it("it tells its clients without being asked", async () => {
    assert.equal(client.state!.calibration, undefined);
    for (let i = 0; i < 10; i++) await send(request(WHOLE), billed(1_900));
    assert.deepEqual(learned(), [`${MODEL} 10`]);
    const other = machine.client();
    await connected(other);
    assert.deepEqual(other.state!.calibration, client.state!.calibration);
    assert.ok(likely() > 1_600, String(likely()));
  });

  it("it counts all that the model read, whether it was cached or not", async () => {
    await send(request(WHOLE), { usage: usageOf({ input: 100, cacheRead: 500, cacheWrite5m: 200, cacheWrite1h: 400 }) });
    const cached = client.state!.calibration;
    await machine.close();
    machine = new TestMachine();
    client = machine.client();
    await connected(client);
    await send(request(WHOLE), billed(1_200));
    assert.deepEqual(client.state!.calibration, cached);
  });

  it("survives that it is killed", async () => {
    for (let i = 0; i < 3; i++) await send(request(WHOLE), billed(1_500));
    const before = client.state!.calibration;
    kill(machine.daemon());
    await until(client, () => client.link.phase === "connecting");
    await connected(client);
    assert.equal(machine.served().length, 2);
    assert.deepEqual(client.state!.calibration, before);
    await send(request(WHOLE), billed(1_500));
    assert.deepEqual(learned(), [`${MODEL} 4`]);
  });

  it("is nothing that was not counted as a whole, or not by the provider", async () => {
    await send(request(), billed(5_000)); // a picture, a tool: the editor does not vouch for the input
    for (const usageSource of ["counted", "estimated", "uncertain"] as const)
      await send(request(WHOLE), { usageSource, ...billed(5_000) });
    await send(request(WHOLE), { usage: usageOf({ input: 900, audioIn: 4_000 }) });
    await send(request(WHOLE), { usage: usageOf() }); // the provider declined
    await send(request(WHOLE, "gpt-5-mini"), billed(5_000)); // its tokenizer is public
    const cancelled = request(WHOLE);
    await client.open(cancelled);
    await client.cancel(cancelled.id);
    assert.equal(learned(), "nothing");
  });

  it("is learned once, however often the same end is told", async () => {
    const asked = request(WHOLE);
    await send(asked, billed(1_300));
    await client.settle({ id: asked.id, usageSource: "provider", ...billed(1_300) });
    await client.verify();
    assert.deepEqual(learned(), [`${MODEL} 1`]);
  });

  it("refuses an input that makes no sense, by its field's name", async () => {
    const negative = request({ ...WHOLE, tokens: -1 });
    await assert.rejects(client.open(negative), /estimate\.whole\.tokens makes no sense/);
    const shares = { ...WHOLE.shares, prose: 7 };
    await assert.rejects(client.open(request({ ...WHOLE, shares })), /estimate\.whole\.shares\.prose makes no sense/);
  });

  it("is what `count --model` goes by while the daemon runs; without one it goes by published ratios and starts none", async () => {
    const count = async () => {
      const run = machine.run(CLI, ["count", "--model", MODEL, "--json", "-"]);
      run.child.stdin!.end("The ferry leaves at dawn, when the harbour is still asleep. ".repeat(100));
      assert.equal(await run.ended, 0, run.err);
      return JSON.parse(run.out)[0].tokens as number;
    };
    const before = await count();
    for (let i = 0; i < 10; i++)
      await send(request({ ...WHOLE, shares: { prose: 1, code: 0, data: 0, cjk: 0, other: 0, layout: 0 } }), billed(1_800));
    const after = await count();
    assert.ok(after > 1.3 * before, `${before} then ${after}`);
    client.dispose();
    kill(machine.daemon());
    const served = machine.served().length;
    assert.equal(await count(), before);
    assert.equal(machine.served().length, served);
  });
});

describe("what a machine learns about tokenizers", function () {
  this.timeout(60_000);
  const ref = { provider: "test", model: "one" };
  let budget: TestBudget;
  let machine: Machine;
  beforeEach(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }] });
    machine = await budget.machine();
    await machine.signIn();
  });
  afterEach(() => budget.close());

  async function sent(): Promise<string> {
    const asked = { ...request(WHOLE), ref };
    assert.equal((await machine.service.open(asked, "window")).decision, "allow");
    await machine.service.sent(asked.id);
    return asked.id;
  }

  it("does not leave it: an upload says of a request what it said before", async () => {
    const { service } = machine;
    const id = await sent();
    await service.settle({ id, usage: usageOf({ input: 1_500, output: 5 }), usageSource: "provider" });
    await service.refresh();
    assert.equal(service.state().calibration?.models[0]?.name, "one");
    const uploads = JSON.stringify(service.uploads());
    assert.ok(uploads.includes(id));
    for (const word of ["whole", "shares", "prose", "calibration", "ratios"]) assert.ok(!uploads.includes(`"${word}"`), word);
  });

  it("is nothing from a request whose end nobody saw", async () => {
    await sent();
    await machine.service.clientGone("window");
    assert.equal(machine.service.state().pending.uncertain, 1);
    await sent(); // and the daemon dies
    const next = await budget.machine(machine.stateDirectory);
    assert.equal(next.service.state().calibration, undefined);
  });
});
