import assert from "node:assert/strict";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { parseAmount } from "../../src/budget/money.ts";
import type { OpenRequest } from "../../src/protocol/daemon.ts";
import { type Machine, PRICES, request, startBudget, type TestBudget, used } from "./support/budget.ts";
import { type Gate, startGate } from "./support/gate.ts";

const MONTH = { id: "month", name: "Your month", limit: "10" };
const ENOUGH = { allowances: [{ ...MONTH, limit: "10000" }] };

describe("the budget service, when things come at a bad moment", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let gate: Gate;

  /** How far the endpoint's clock is ahead of this machine's (ms). */
  let ahead = 0;
  const start = async (policy: object = {}): Promise<Machine> => {
    ahead = 0;
    budget = await startBudget({ allowances: [MONTH], confirm: {}, ...policy }, () => Date.now() + ahead);
    gate = await startGate(budget.url);
    return budget.machine();
  };
  const startSignedIn = async (policy: object = {}): Promise<Machine> => {
    const machine = await start(policy);
    await machine.signIn(gate.url);
    return machine;
  };
  const goOffline = async (machine: Machine) => {
    await budget.stopEndpoint();
    await machine.service.refresh();
    assert.equal(machine.service.state().sync.phase, "offline");
  };
  const send = async ({ service }: Machine, asked: OpenRequest) => {
    assert.equal((await service.open(asked, "window")).decision, "allow");
    await service.sent(asked.id);
    await service.settle({ id: asked.id, usage: used(asked.estimate.output!.likely), usageSource: "provider" });
  };
  const syncs = ({ service }: Machine) => service.uploads().filter(({ path }) => path.endsWith("/sync")).length;
  const figures = async () => (await budget.me()).allowances[0]!;

  afterEach(async () => {
    await gate.close();
    await budget.close();
  });

  it("a request made while signing in waits until it is known whose it is", async () => {
    const machine = await start();
    const asked = gate.hold((path) => path === "/v1/me");
    const signingIn = machine.signIn(gate.url);
    await asked;
    const sending = send(machine, request({ output: 10_000 }));
    gate.open();
    await Promise.all([signingIn, sending]);
    await machine.service.refresh();
    assert.equal((await figures()).spend, "0.1");
  });

  it("a machine that has about as much as the endpoint lets it keep asks for no more", async () => {
    const machine = await startSignedIn({ ...ENOUGH, advances: { most: "0.2" } });
    const { service } = machine;
    await send(machine, request({ output: 40_000 })); // three of these are worth having, and more than is given
    await service.refresh();
    const before = syncs(machine);
    for (let i = 0; i < 4; i++) {
      const asked = request({ output: 100 });
      assert.equal((await service.open(asked, "window")).decision, "allow");
      await service.cancel(asked.id);
    }
    assert.equal(syncs(machine), before);
  });

  describe("what is spent while a message is under way", () => {
    /** Spends while the endpoint is asked for more than is there; resolves when it is. */
    const spendMeanwhile = async (machine: Machine) => {
      const { service } = machine;
      const small = request({ output: 1_000 });
      assert.equal((await service.open(small, "window")).decision, "allow");
      await service.refresh();
      const before = syncs(machine);
      const asked = gate.hold((path) => path.endsWith("/sync"));
      const opening = service.open(request({ output: 100_000 }), "window");
      await asked;
      await service.settle({ id: small.id, usage: used(1_000), usageSource: "provider" });
      return { opening, told: () => syncs(machine) - before };
    };

    it("is told when the next one is due, not with one of its own", async () => {
      const machine = await startSignedIn(ENOUGH);
      const { opening, told } = await spendMeanwhile(machine);
      gate.open();
      assert.equal((await opening).decision, "allow");
      for (let turns = 0; turns < 5; turns++) await turn();
      assert.deepEqual([told(), machine.service.state().pending.entries], [1, 1]);
      await machine.service.refresh();
      assert.deepEqual([told(), machine.service.state().pending.entries], [2, 0]);
    });

    it("is told at once where somebody waits for that", async () => {
      const machine = await startSignedIn(ENOUGH);
      const { opening, told } = await spendMeanwhile(machine);
      const telling = machine.service.refresh();
      gate.open();
      await Promise.all([opening, telling]);
      assert.deepEqual([told(), machine.service.state().pending.entries], [2, 0]);
      assert.equal((await figures()).spend, "0.01");
    });
  });

  it("with nobody known, and no endpoint to ask, the person is asked", async () => {
    const machine = await start();
    await budget.stopEndpoint();
    assert.equal((await machine.service.connectAccount(gate.url, budget.token)).phase, "offline");
    const ref = { provider: "openai", model: "gpt-5-mini" };
    const reply = await machine.service.open({ ...request({ output: 100 }), ref }, "window");
    assert.deepEqual([reply.decision, reply.reasons[0]?.code], ["confirm", "offline"]);
  });

  it("what was spent offline is booked though the team has other allowances by then", async () => {
    const machine = await startSignedIn({ offline: "allow" });
    await goOffline(machine);
    await send(machine, request({ output: 10_000 }));
    await budget.pushPolicy({ prices: PRICES, allowances: [{ ...MONTH, id: "other" }] });
    await budget.startEndpoint();
    await machine.service.refresh();
    const { spend, held, id } = await figures();
    assert.deepEqual([id, spend, held], ["other", "0.1", "0"]);
    assert.equal(machine.service.state().pending.entries, 0);
    const next = await budget.machine(machine.stateDirectory);
    await next.signIn();
    await next.service.refresh();
    assert.equal((await figures()).spend, "0.1", "once, however often it restarts");
  });

  it("signing out gives all money back, also with a message under way", async () => {
    const machine = await startSignedIn();
    await send(machine, request({ output: 10_000 }));
    const told = gate.hold((path) => path.endsWith("/sync"));
    const refreshing = machine.service.refresh();
    await told;
    const leaving = machine.service.disconnectAccount();
    gate.open();
    await Promise.all([leaving, refreshing]);
    const { spend, held } = await figures();
    assert.deepEqual([spend, held], ["0.1", "0"]);
  });

  it("signing out gives all money back, also while a request asks for more", async () => {
    const machine = await startSignedIn();
    await send(machine, request({ output: 10_000 }));
    const asking = gate.hold((path) => path.endsWith("/sync"));
    const large = request({ output: 200_000 });
    const opening = machine.service.open(large, "window");
    await asking;
    const leaving = machine.service.disconnectAccount();
    gate.open();
    await Promise.all([leaving, opening]);
    await machine.service.cancel(large.id);
    await machine.signIn(gate.url);
    await machine.service.refresh();
    assert.equal((await figures()).held, "0");
  });

  it("windows that sign in anew at the same moment sign in once: nothing talks to the endpoint after signing out", async () => {
    const machine = await startSignedIn();
    await send(machine, request({ output: 10_000 }));
    const { token } = await budget.admin.createToken((await budget.me()).person.id);
    await Promise.all([1, 2, 3].map(() => machine.signIn(gate.url, token)));
    await machine.service.disconnectAccount();
    machine.log.length = 0;
    await budget.stopEndpoint();
    await delay(100); // in which a stream that is still open would break
    assert.deepEqual(
      machine.log.filter((line) => /stream|endpoint/.test(line)),
      [],
    );
  });

  it("signing out in one window while another signs in leaves nobody signed in, when it came last", async () => {
    const machine = await startSignedIn();
    const { token } = await budget.admin.createToken((await budget.me()).person.id);
    await Promise.all([machine.service.connectAccount(gate.url, token), machine.service.disconnectAccount()]);
    assert.equal(machine.service.state().sync.phase, "signedOut");
  });

  it("figures whose reading took long do not put back the policy of before", async () => {
    const machine = await startSignedIn();
    const { version } = machine.service.state().policy;
    let readings = 0;
    const read = gate.hold((path) => path === "/v1/prices" && readings++ === 0);
    const refreshing = machine.service.refresh();
    await read;
    await budget.pushPolicy({ prices: PRICES, allowances: [MONTH], confirm: { cost: "1" } });
    await machine.until(({ policy }) => policy.version > version);
    gate.open();
    await refreshing;
    assert.equal(machine.service.state().policy.version, version + 1);
  });

  it("money that is called back with a message under way goes home at once", async () => {
    const machine = await startSignedIn();
    await send(machine, request({ output: 10_000 }));
    const told = gate.hold((path) => path.endsWith("/sync"));
    const refreshing = machine.service.refresh();
    await told;
    const cut = machine.until(({ policy }) => policy.version === 2);
    await budget.pushPolicy({ prices: PRICES, allowances: [{ ...MONTH, limit: "0.05" }], confirm: {} });
    await cut;
    const returned = machine.until(({ allowances }) => allowances[0]!.held === "0");
    gate.open();
    await Promise.all([refreshing, returned]);
  });

  it("money that others may need goes home also with a message that asks for more", async () => {
    // So near its end that nobody keeps an advance.
    const machine = await startSignedIn({ allowances: [{ ...MONTH, limit: "0.15" }] });
    const [running, next, large] = [request({ output: 5_000 }), request({ output: 9_000 }), request({ output: 20_000 })];
    await machine.service.open(running, "window");
    await machine.service.sent(running.id);
    const asking = gate.hold((path) => path.endsWith("/sync"));
    const fits = machine.service.open(next, "window");
    await asking;
    await machine.service.settle({ id: running.id, usage: used(1_000), usageSource: "provider" });
    const doesNot = machine.service.open(large, "window");
    gate.open();
    assert.deepEqual([(await fits).decision, (await doesNot).decision], ["allow", "block"]);
    const messages = machine.service.uploads().map(({ body }) => body as { needs?: { id: string }[]; returned?: string });
    assert.equal(messages.find(({ needs }) => needs?.some(({ id }) => id === large.id))?.returned, "0.04");
  });

  it("a grant that others have eaten before its answer came is asked for again: what does not fit is not refused", async () => {
    const machine = await startSignedIn();
    const running = request({ output: 1_000 });
    await machine.service.open(running, "window");
    await machine.service.sent(running.id);
    const asking = gate.hold((path) => path.endsWith("/sync"));
    const large = request({ output: 500_000 }); // $5
    const opening = machine.service.open(large, "window");
    await asking;
    // Usage of $4 above its hold, and of more than is granted besides.
    await machine.service.settle({ id: running.id, usage: used(400_000), usageSource: "provider" });
    gate.open();
    const { decision, held } = await opening;
    assert.deepEqual([decision, held.usd], ["allow", "5"]);
    await machine.service.cancel(large.id);
    await machine.service.refresh();
    assert.equal((await figures()).spend, "4");
  });

  it("money under a running request stays set aside when the person signs out and in again", async () => {
    const machine = await startSignedIn({ allowances: [{ ...MONTH, limit: "1" }] });
    const [running, second] = [request({ output: 60_000 }), request({ output: 60_000 })];
    assert.equal((await machine.service.open(running, "window")).decision, "allow");
    await machine.service.sent(running.id);
    await machine.service.disconnectAccount();
    await machine.signIn(gate.url);
    await machine.service.refresh();
    assert.ok(parseAmount((await figures()).held) >= parseAmount("0.6"));
    assert.equal((await machine.service.open(second, "window")).decision, "block");
    await machine.service.settle({ id: running.id, usage: used(60_000), usageSource: "provider" });
    await machine.service.refresh();
    assert.equal((await figures()).spend, "0.6");
    assert.equal(machine.service.state().pending.entries, 0);
  });

  it("a request that comes again over a new connection, still being judged, is held once and belongs to the new one", async () => {
    const machine = await startSignedIn();
    const asked = gate.hold((path) => path === "/v1/advances");
    const again = request({ output: 10_000 });
    const first = machine.service.open(again, "lost");
    await asked;
    const second = machine.service.open(again, "new");
    gate.open();
    assert.deepEqual(
      (await Promise.all([first, second])).map(({ decision }) => decision),
      ["allow", "allow"],
    );
    await machine.service.clientGone("lost");
    await machine.service.sent(again.id);
    await machine.service.settle({ id: again.id, usage: used(10_000), usageSource: "provider" });
    await machine.service.refresh();
    assert.equal((await figures()).spend, "0.1");
    const settled = await machine.service.settle({ id: again.id, usage: used(1), usageSource: "provider" });
    assert.deepEqual(settled, { cost: "0.1", overshoot: "0" }, "what was booked stands");
  });

  it("does not wait for an endpoint that is known to be away", async () => {
    const machine = await startSignedIn();
    gate.refuseWith(503);
    await machine.service.refresh();
    assert.equal(machine.service.state().sync.phase, "offline");
    gate.open();
    void gate.hold((path) => path !== "/v1/events");
    const reply = await machine.service.open(request({ output: 10_000 }), "window");
    assert.equal(reply.reasons[0]?.code, "offline");
    assert.equal(machine.service.state().sync.phase, "offline", "it had not answered meanwhile");
  });

  it("is live again at the first refresh after a reading failed, though the event stream never broke", async () => {
    const machine = await startSignedIn();
    gate.refuseWith(500);
    await machine.service.refresh();
    assert.equal(machine.service.state().sync.phase, "offline");
    gate.open();
    await machine.service.refresh();
    assert.equal(machine.service.state().sync.phase, "live");
  });

  it("a revoked token is no dead endpoint: nothing more is sent, whatever the team says of offline", async () => {
    const machine = await startSignedIn({ offline: "allow" });
    gate.refuseWith(401);
    await machine.service.refresh();
    assert.equal(machine.service.state().sync.phase, "refused");
    const reply = await machine.service.open(request({ confirmed: { cost: "10", reasons: ["offline"] } }), "window");
    assert.equal(reply.decision, "block");
    assert.deepEqual(reply.reasons[0]?.text.args, ["This token was revoked."]);
  });

  it("judges by the policy that came with the answer", async () => {
    const machine = await start();
    void gate.hold((path) => path === "/v1/events");
    await machine.signIn(gate.url);
    await budget.pushPolicy({ prices: PRICES, allowances: [MONTH], block: { cost: "0.05" }, confirm: {} });
    const reply = await machine.service.open(request({ output: 10_000 }), "window");
    assert.deepEqual([reply.decision, reply.reasons[0]?.code, reply.policyVersion], ["block", "aboveBlock", 2]);
    await machine.service.refresh();
    assert.equal((await figures()).spend, "0");
  });

  it("refuses at the door what would spoil the message to the endpoint", async () => {
    const machine = await startSignedIn();
    await assert.rejects(machine.service.open({ ...request(), id: "x" }, "window"), /id makes no sense/);
    const asked = request({ output: 1_000 });
    await machine.service.open(asked, "window");
    await machine.service.sent(asked.id);
    const negative = { id: asked.id, usage: used(-5), usageSource: "provider" } as const;
    await assert.rejects(machine.service.settle(negative), /usage\.output makes no sense/);
    await machine.service.settle({ ...negative, usage: used(1_000) });
    await machine.service.refresh();
    assert.equal((await figures()).spend, "0.01");
  });

  it("a model that costs nothing needs no money and no endpoint", async () => {
    const machine = await startSignedIn({ prices: [{ model: "local/free", input: "0", output: "0" }] });
    await goOffline(machine);
    const ref = { provider: "local", model: "free" };
    assert.equal((await machine.service.open({ ...request(), ref }, "window")).decision, "allow");
  });

  it("offline too, a yes is good up to the cost that was named", async () => {
    const machine = await startSignedIn();
    await goOffline(machine);
    const asked = request({ output: 100_000 });
    const yes = (cost: string) => ({ ...asked, confirmed: { cost, reasons: ["offline" as const] } });
    assert.equal((await machine.service.open(yes("0.99"), "window")).decision, "confirm");
    assert.equal((await machine.service.open(yes("1"), "window")).decision, "allow");
  });

  it("shows a new period, and lets people go on, as soon as it begins by the endpoint's clock", async () => {
    const machine = await startSignedIn({ allowances: [{ ...MONTH, limit: "0.1" }] });
    await send(machine, request({ output: 10_000 }));
    await machine.service.refresh();
    assert.equal((await machine.service.open(request(), "window")).reasons[0]?.code, "spent");
    const { key, period } = machine.service.state().allowances[0]!;
    ahead = Date.parse(period.resetsAt) - Date.now() - 300;
    await machine.service.refresh();
    const next = await machine.until(({ allowances, sync }) => allowances[0]!.key !== key && sync.phase === "live");
    assert.equal(next.allowances[0]!.spend, "0");
    assert.equal((await machine.service.open(request({ output: 10_000 }), "window")).decision, "allow");
  });

  it("no clock of this machine moves a reset, however wrong it is or is set", async () => {
    budget = await startBudget({ allowances: [MONTH], confirm: {} });
    gate = await startGate(budget.url);
    const start = performance.now();
    let wrong = -40 * 24 * 3_600_000;
    const elapsed = () => performance.now() - start;
    const clock = { wall: () => Date.now() + wrong, elapsed, monotone: elapsed };
    const machine = await budget.machine(undefined, { clock });
    await machine.signIn(gate.url);
    await send(machine, request({ output: 10_000 }));
    await machine.service.refresh();
    const { key, period } = await figures();
    const shown = () => {
      const { allowances, clockSkew } = machine.service.state();
      const [own] = allowances;
      return [own!.key, own!.period, own!.spend, Math.abs(clockSkew + wrong) < 30_000];
    };
    assert.deepEqual(shown(), [key, period, "0.1", true]);
    wrong = 40 * 24 * 3_600_000; // set while it runs
    assert.deepEqual(shown(), [key, period, "0.1", true]);
    await send(machine, request({ output: 10_000 }));
    await goOffline(machine);
    wrong = -400 * 24 * 3_600_000;
    assert.deepEqual(shown(), [key, period, "0.1", true]);
    const { entries } = machine.service.uploads().at(-1)!.body as { entries: { at: string }[] };
    assert.ok(entries.every(({ at }) => Math.abs(Date.parse(at) - Date.now()) < 60_000));
    await machine.service.close();
    const again = await budget.machine(machine.stateDirectory, { clock });
    await again.service.connectAccount(gate.url, budget.token);
    assert.equal(again.service.state().allowances[0]!.key, key, "also after a restart without the endpoint");
  });

  it("a hold that is raised twice at once grows to the larger figure, not by both", async () => {
    const machine = await startSignedIn({ allowances: [{ ...MONTH, limit: "1" }] });
    const asked = request({ output: 10_000 });
    await machine.service.open(asked, "window");
    await machine.service.sent(asked.id);
    assert.deepEqual(await Promise.all([50_000, 60_000].map((output) => machine.service.grow(asked.id, output))), [true, true]);
    const { held, ownFree } = machine.service.state().allowances[0]!;
    assert.equal(parseAmount(held) - parseAmount(ownFree), parseAmount("0.6"));
  });

  it("a hold grows by what the endpoint grants, and not beyond the limit", async () => {
    const machine = await startSignedIn({ allowances: [{ ...MONTH, limit: "1" }] });
    const asked = request({ output: 10_000 });
    await machine.service.open(asked, "window");
    await machine.service.sent(asked.id);
    assert.equal(await machine.service.grow(asked.id, 90_000), true);
    assert.ok(parseAmount((await figures()).held) >= parseAmount("0.9"));
    assert.equal(await machine.service.grow(asked.id, 110_000), false);
    const settled = await machine.service.settle({ id: asked.id, usage: used(95_000), usageSource: "provider" });
    assert.deepEqual(settled, { cost: "0.95", overshoot: "0.05" });
  });
});
