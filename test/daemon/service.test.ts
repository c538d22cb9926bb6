import assert from "node:assert/strict";
import { figuresOf } from "../../src/budget/allowance/allowance.ts";
import { formatAmount, parseAmount } from "../../src/budget/money.ts";
import { type Machine, PRICES, request, startBudget, type TestBudget, used } from "./support/budget.ts";
import { startFaultyProxy } from "./support/faultyProxy.ts";

const MONTH = { id: "month", name: "Your month", limit: "10" };

describe("the budget service, against a real endpoint", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  const start = async (policy: object = { allowances: [MONTH] }): Promise<Machine> => {
    budget = await startBudget(policy);
    const machine = await budget.machine();
    await machine.signIn();
    return machine;
  };
  /** Reports all there is and returns what the endpoint has booked as spent. */
  const spendAtEndpoint = async ({ service }: Machine) => {
    await service.refresh();
    return (await budget.me()).allowances[0]!.spend;
  };
  const usedHere = ({ service }: Machine) => formatAmount(figuresOf(service.state().allowances[0]!).used);

  afterEach(async () => {
    await budget.close();
  });

  it("signs in and shows the person's allowances", async () => {
    const { service } = await start();
    const { sync, account, allowances } = service.state();
    assert.equal(sync.phase, "live");
    assert.equal(account?.person.name, "Dev");
    assert.deepEqual(
      allowances.map(({ name, limit, spend }) => [name, limit, spend]),
      [["Your month", "10", "0"]],
    );
  });

  it("says why when the token is not known, and keeps it out of the log", async () => {
    budget = await startBudget({});
    const { service, log } = await budget.machine();
    const status = await service.connectAccount(budget.url, "tb_wrong");
    assert.equal(status.phase, "refused");
    assert.ok(status.reason);
    assert.ok(!log.join("\n").includes("tb_wrong"));
  });

  it("refuses an address that would carry the token unprotected", async () => {
    budget = await startBudget({});
    const { service } = await budget.machine();
    await assert.rejects(service.connectAccount("http://budget.example.com", "tb_x"), /https/);
    await assert.rejects(service.connectAccount("not an address", "tb_x"), /not an address/);
  });

  it("holds what a request may cost, replaces it by what it used, and tells the endpoint", async () => {
    const machine = await start();
    const { service } = machine;
    const asked = request({ output: 10_000 });
    const reply = await service.open(asked, "window");
    assert.equal(reply.decision, "allow");
    assert.equal(reply.held.usd, "0.1");
    assert.equal(usedHere(machine), "0.1", "the hold counts as used");
    await service.sent(asked.id);
    const settled = await service.settle({ id: asked.id, usage: used(2_000), usageSource: "provider", providerRequestId: "r1" });
    assert.deepEqual(settled, { cost: "0.02", overshoot: "0" });
    assert.equal(usedHere(machine), "0.02");
    assert.equal(await spendAtEndpoint(machine), "0.02");
    assert.deepEqual(service.state().pending, { entries: 0, uncertain: 0 });
  });

  it("tells the endpoint of a request whose texts no database keeps: a branch cut within a character, an answer's id with a NUL", async () => {
    const machine = await start();
    const asked = { ...request({ output: 10_000 }), branch: "ferry-\ud83d" };
    await machine.service.open(asked, "window");
    await machine.service.sent(asked.id);
    await machine.service.settle({
      ...{ id: asked.id, usage: used(2_000), usageSource: "provider" },
      ...{ providerRequestId: "an answer's\0 own id", serviceTier: "\ude00" },
    });
    assert.equal(await spendAtEndpoint(machine), "0.02");
    assert.deepEqual(machine.service.state().pending, { entries: 0, uncertain: 0 });
  });

  it("a cancelled request leaves no spend", async () => {
    const machine = await start();
    const asked = request({ output: 10_000 });
    await machine.service.open(asked, "window");
    await machine.service.cancel(asked.id);
    assert.equal(usedHere(machine), "0");
    assert.equal(await spendAtEndpoint(machine), "0");
  });

  it("books usage above its hold, and names the overshoot", async () => {
    const machine = await start();
    const asked = request({ output: 1_000 });
    await machine.service.open(asked, "window");
    await machine.service.sent(asked.id);
    const settled = await machine.service.settle({ id: asked.id, usage: used(5_000), usageSource: "provider" });
    assert.deepEqual(settled, { cost: "0.05", overshoot: "0.04" });
    assert.equal(await spendAtEndpoint(machine), "0.05");
  });

  it("asks above the team's threshold, and again when it would cost more than was confirmed", async () => {
    const { service } = await start({ allowances: [MONTH], confirm: { cost: "0.05" } });
    const dear = request({ output: 10_000 });
    const asked = await service.open(dear, "window");
    assert.equal(asked.decision, "confirm");
    assert.deepEqual(
      asked.reasons.map(({ code }) => code),
      ["aboveConfirm"],
    );
    assert.equal(asked.held.usd, "0");
    const reasons = asked.reasons.map(({ code }) => code);
    assert.equal((await service.open({ ...dear, confirmed: { cost: "0.09", reasons } }, "window")).decision, "confirm");
    assert.equal(
      (await service.open({ ...dear, confirmed: { cost: asked.cost.high, reasons: [] } }, "window")).decision,
      "confirm",
    );
    assert.equal((await service.open({ ...dear, confirmed: { cost: asked.cost.high, reasons } }, "window")).decision, "allow");
  });

  it("is stricter where the workspace asks for it, and never milder", async () => {
    const { service } = await start({ allowances: [MONTH], confirm: { cost: "0.1" } });
    const cheap = request({ output: 5_000 }); // 5 cents
    const stricter = await service.open({ ...cheap, workspaceRules: { block: { cost: "0.04" } } }, "window");
    assert.deepEqual([stricter.decision, stricter.reasons.map(({ code }) => code)], ["block", ["aboveBlock"]]);
    assert.equal((await service.open(cheap, "window")).decision, "allow");
    const dear = { ...request({ output: 20_000 }), workspaceRules: { confirm: { cost: "5" } } };
    assert.equal((await service.open(dear, "window")).decision, "confirm");
  });

  it("no confirmation overrides what the team blocks", async () => {
    const { service } = await start({ allowances: [MONTH], models: { denied: [{ model: "one", reason: "too dear" }] } });
    const reply = await service.open(
      request({ confirmed: { cost: "1000", reasons: ["modelDenied", "aboveConfirm"] } }),
      "window",
    );
    assert.equal(reply.decision, "block");
    assert.equal(reply.reasons[0]?.code, "modelDenied");
  });

  it("admits exactly what fits the limit, however many ask at once", async () => {
    const machine = await start({ allowances: [{ ...MONTH, limit: "1" }], confirm: {} });
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => machine.service.open(request({ output: 5_000 }), "window")),
    );
    assert.equal(replies.filter(({ decision }) => decision === "allow").length, 20);
    const refused = replies.filter(({ decision }) => decision === "block");
    assert.equal(refused.length, 20);
    assert.ok(refused.every(({ reasons }) => reasons[0]?.code === "spent" || reasons[0]?.code === "doesNotFit"));
    const { spend, held, limit } = (await budget.me()).allowances[0]!;
    assert.ok(parseAmount(spend) + parseAmount(held) <= parseAmount(limit));
  });

  it("draws on the allowance of its project, and on none of others", async () => {
    const shop = { id: "shop", name: "Shop", limit: "0.1", projects: ["shop/*"] };
    const { service } = await start({ allowances: [MONTH, shop], confirm: {} });
    const open = async (project?: string) => {
      const reply = await service.open(request({ output: 8_000, ...(project !== undefined && { project }) }), "window");
      return reply.decision;
    };
    assert.deepEqual(
      [await open("shop/web"), await open("shop/web"), await open("blog"), await open()],
      ["allow", "block", "allow", "allow"],
    );
    const { allowances } = await budget.me();
    assert.ok(parseAmount(allowances.find(({ id }) => id === "shop")!.held) <= parseAmount("0.1"));
  });

  it("admits from its advance exactly what is free there, however many ask at once", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {}, offline: "block" });
    const { service } = machine;
    const first = request({ output: 50_000 });
    await service.open(first, "window");
    await service.cancel(first.id);
    await budget.stopEndpoint(); // nobody else can refuse now
    await machine.until(({ sync }) => sync.phase === "offline");
    const free = parseAmount(service.state().allowances[0]!.ownFree);
    const replies = await Promise.all(Array.from({ length: 80 }, () => service.open(request({ output: 5_000 }), "window")));
    const admitted = replies.filter(({ decision }) => decision === "allow").length;
    assert.equal(BigInt(admitted), free / parseAmount("0.05"));
    assert.ok(admitted > 0 && admitted < 80, String(admitted));
    await budget.startEndpoint();
  });

  it("two machines of one person cannot pass the limit together", async () => {
    const first = await start({ allowances: [{ ...MONTH, limit: "1" }], confirm: {} });
    const second = await budget.machine();
    await second.signIn();
    const both = [first, second];
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, i) => both[i % 2]!.service.open(request({ output: 5_000 }), "window")),
    );
    assert.ok(replies.filter(({ decision }) => decision === "allow").length <= 20);
    const { spend, held } = (await budget.me()).allowances[0]!;
    assert.ok(parseAmount(spend) + parseAmount(held) <= parseAmount("1"));
  });

  it("charges in full, as uncertain, what was sent when the daemon died, and releases what was not", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {} });
    const [sent, unsent] = [request({ output: 10_000 }), request({ output: 20_000 })];
    await machine.service.open(sent, "window");
    await machine.service.sent(sent.id);
    await machine.service.open(unsent, "window");
    // Dies here: nothing is closed. The next one finds its ledger.
    const next = await budget.machine(machine.stateDirectory);
    assert.deepEqual(next.service.state().pending.entries, 0, "signed out, it shows nobody's entries");
    await next.signIn();
    assert.equal(await spendAtEndpoint(next), "0.1");
    const again = await budget.machine(machine.stateDirectory);
    await again.signIn();
    assert.equal(await spendAtEndpoint(again), "0.1", "once, however often it restarts");
  });

  it("a client that goes away cancels what it had not sent, and leaves what it had as uncertain", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {} });
    const [sent, unsent, other] = [request({ output: 10_000 }), request({ output: 20_000 }), request({ output: 30_000 })];
    await machine.service.open(sent, "a");
    await machine.service.sent(sent.id);
    await machine.service.open(unsent, "a");
    await machine.service.open(other, "b");
    await machine.service.clientGone("a");
    assert.equal(usedHere(machine), "0.4", "0.10 spent, and the other client's hold of 0.30");
    assert.equal(machine.service.state().pending.uncertain, 1);
  });

  it("goes on from its advance while the endpoint is gone, then asks; and delivers all of it once when it is back", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {} });
    const { service } = machine;
    const first = request({ output: 10_000 });
    await service.open(first, "window");
    await service.sent(first.id);
    await service.settle({ id: first.id, usage: used(10_000), usageSource: "provider" });
    await service.refresh();
    await budget.stopEndpoint();
    await machine.until(({ sync }) => sync.phase === "offline");
    const covered = request({ output: 1_000 });
    assert.equal((await service.open(covered, "window")).decision, "allow", "the advance covers it");
    await service.sent(covered.id);
    await service.settle({ id: covered.id, usage: used(1_000), usageSource: "provider" });
    const large = request({ output: 300_000 });
    const asked = await service.open(large, "window");
    assert.deepEqual([asked.decision, asked.reasons[0]?.code], ["confirm", "offline"]);
    assert.equal(
      (await service.open({ ...large, confirmed: { cost: asked.cost.high, reasons: ["offline"] } }, "window")).decision,
      "allow",
    );
    await service.sent(large.id);
    await service.settle({ id: large.id, usage: used(300_000), usageSource: "provider" });
    assert.equal(service.state().pending.entries, 2);
    await budget.startEndpoint();
    await service.refresh();
    assert.equal(await spendAtEndpoint(machine), "3.11");
    assert.equal(service.state().pending.entries, 0);
  });

  it("refuses offline where the team says so", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {}, offline: "block" });
    await budget.stopEndpoint();
    await machine.until(({ sync }) => sync.phase === "offline");
    const reply = await machine.service.open(request({ output: 10_000 }), "window");
    assert.deepEqual([reply.decision, reply.reasons[0]?.code], ["block", "offline"]);
    assert.equal(usedHere(machine), "0");
    await budget.startEndpoint();
  });

  it("goes on offline up to what the team allows beyond the advance, and never past it, however many ask at once", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {}, offline: { upTo: "1", beyond: "confirm" } });
    const { service } = machine;
    await budget.stopEndpoint();
    await machine.until(({ sync }) => sync.phase === "offline");
    const asked = Array.from({ length: 15 }, () => request({ output: 10_000 })); // 10 cents each
    const replies = await Promise.all(asked.map((one) => service.open(one, "window")));
    const decisions = replies.map(({ decision }) => decision);
    assert.equal(decisions.filter((decision) => decision === "allow").length, 10);
    assert.deepEqual(new Set(decisions), new Set(["allow", "confirm"]));
    for (const [index, { id }] of asked.entries()) {
      if (decisions[index] !== "allow") continue;
      await service.sent(id);
      await service.settle({ id, usage: used(5_000), usageSource: "provider", providerRequestId: id });
    }
    assert.equal(usedHere(machine), "0.5");
    const half = await Promise.all(asked.map(() => service.open(request({ output: 10_000 }), "window")));
    assert.equal(half.filter(({ decision }) => decision === "allow").length, 5, "what was held and not used may be used");
    await budget.startEndpoint();
    await service.refresh();
    assert.equal(await spendAtEndpoint(machine), "0.5");
  });

  it("goes no further beyond the advance offline after a restart than before it", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {}, offline: { upTo: "1", beyond: "block" } });
    await budget.stopEndpoint();
    await machine.until(({ sync }) => sync.phase === "offline");
    const send = async ({ service }: Machine) => {
      const asked = request({ output: 60_000 });
      const { decision } = await service.open(asked, "window");
      if (decision !== "allow") return decision;
      await service.sent(asked.id);
      await service.settle({ id: asked.id, usage: used(60_000), usageSource: "provider" });
      return decision;
    };
    assert.equal(await send(machine), "allow");
    await machine.service.close();
    const next = await budget.machine(machine.stateDirectory);
    await next.service.connectAccount(budget.url, budget.token);
    assert.equal(await send(next), "block");
    await budget.startEndpoint();
    await next.service.refresh();
    await budget.stopEndpoint();
    await next.service.refresh();
    assert.equal(await send(next), "allow", "what the endpoint has heard is beyond nothing");
    await budget.startEndpoint();
  });

  it("shows the last figures after a restart without an endpoint, and books what is spent then", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {}, offline: "allow" });
    await machine.service.close();
    await budget.stopEndpoint();
    const next = await budget.machine(machine.stateDirectory);
    assert.equal((await next.service.connectAccount(budget.url, budget.token)).phase, "offline");
    assert.equal(next.service.state().allowances[0]?.limit, "10");
    const asked = request({ output: 10_000 });
    assert.equal((await next.service.open(asked, "window")).decision, "allow");
    await next.service.sent(asked.id);
    await next.service.settle({ id: asked.id, usage: used(10_000), usageSource: "provider" });
    await budget.startEndpoint();
    await next.service.refresh();
    assert.equal(await spendAtEndpoint(next), "0.1");
  });

  it("books every request once over a network that loses, repeats and cuts messages", async () => {
    const machine = await start({ allowances: [MONTH], confirm: {} });
    const proxy = await startFaultyProxy(budget.url, 7);
    try {
      const other = await budget.machine();
      for (let tries = 0; ; tries++) {
        const { phase } = await other.service.connectAccount(proxy.url, budget.token);
        if (phase === "live") break;
        await other.service.refresh();
        if (other.service.state().sync.phase === "live") break;
        assert.ok(tries < 30, "never signed in through the faulty proxy");
      }
      let booked = 0n;
      for (let i = 0; i < 30; i++) {
        const asked = request({ output: 1_000 + i });
        let reply = await other.service.open(asked, "window");
        if (reply.reasons[0]?.code === "offline")
          reply = await other.service.open({ ...asked, confirmed: { cost: reply.cost.high, reasons: ["offline"] } }, "window");
        assert.equal(reply.decision, "allow");
        await other.service.sent(asked.id);
        const { cost } = await other.service.settle({
          id: asked.id,
          usage: used(500 + i),
          usageSource: "provider",
          providerRequestId: `r${i}`,
        });
        booked += parseAmount(cost);
      }
      proxy.heal();
      for (let tries = 0; other.service.state().pending.entries > 0 && tries < 20; tries++) await other.service.refresh();
      assert.ok(proxy.faults > 0, "the proxy did no harm");
      assert.equal(other.service.state().pending.entries, 0);
      assert.equal(await spendAtEndpoint(machine), formatAmount(booked));
    } finally {
      await proxy.close();
    }
  });

  it("follows a pushed policy without being asked", async () => {
    const machine = await start();
    const arrived = machine.until(({ policy, allowances }) => policy.version === 2 && allowances[0]?.limit === "25");
    await budget.pushPolicy({ prices: PRICES, allowances: [{ ...MONTH, limit: "25" }] });
    await arrived;
  });

  it("keeps the last good state when the endpoint answers nonsense, and says so", async () => {
    const machine = await start();
    const proxy = await startFaultyProxy(budget.url, 1);
    try {
      const other = await budget.machine();
      proxy.heal();
      assert.equal((await other.service.connectAccount(proxy.url, budget.token)).phase, "live");
      proxy.answerNonsense();
      await other.service.refresh();
      const { sync, allowances } = other.service.state();
      assert.equal(sync.phase, "stale");
      assert.match(sync.reason!, /does not understand/);
      assert.equal(allowances[0]?.limit, "10");
    } finally {
      await proxy.close();
    }
    void machine;
  });

  it("works signed out: judged by the default thresholds, held against nobody", async () => {
    budget = await startBudget({});
    const { service } = await budget.machine();
    const ref = { provider: "openai", model: "gpt-5-mini" };
    assert.equal((await service.open({ ...request({ output: 100 }), ref }, "window")).decision, "allow");
    assert.equal(
      (
        await service.open(
          { ...request({ input: 900_000, output: 100_000 }), ref: { provider: "openai", model: "gpt-5" } },
          "window",
        )
      ).decision,
      "confirm",
    );
  });
});
