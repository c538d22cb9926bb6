import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBudgetService } from "../../src/daemon/budgetService.ts";
import type { Ledger } from "../../src/daemon/ledger/ledger.ts";
import { openLedger } from "../../src/daemon/ledger/open.ts";
import { OwnPrices } from "../../src/daemon/ownPrices.ts";
import { findPrice } from "../../src/prices/find.ts";
import { type CatalogueHost, publishedWith, startCatalogueHost } from "../fixtures/catalogueHost.ts";
import { request, startBudget, used } from "./support/budget.ts";

const NOON = Date.parse("2026-11-24T12:00:00Z");
const HOUR = 3_600_000;

describe("the daemon's own prices", function () {
  this.timeout(60_000);
  let folder: string;
  let ledger: Ledger;
  let host: CatalogueHost;
  let now: number;
  let wanted: boolean;
  let log: string[];
  let changes: number;
  const open: OwnPrices[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tb-prices-"));
    ledger = await openLedger({ stateDirectory: folder });
    host = await startCatalogueHost(await publishedWith("gpt-99", 3));
    now = NOON;
    wanted = true;
    log = [];
    changes = 0;
  });
  afterEach(async () => {
    for (const prices of open.splice(0)) prices.dispose();
    ledger.close();
    await host.close();
    await rm(folder, { recursive: true, force: true });
  });

  const own = (place: string = host.url) => {
    const clock = { wall: () => now, monotone: () => now, elapsed: () => now };
    const prices = new OwnPrices({
      ...{ ledger, clock, place, log: (line: string) => log.push(line) },
      wanted: () => wanted,
      changed: () => void changes++,
    });
    open.push(prices);
    return prices;
  };
  const priceIn = async (prices: OwnPrices) =>
    findPrice(await prices.load(), { provider: "openai", model: "gpt-99" })?.rates.input;

  it("are the bundled ones until newer ones have come, and never wait for them", async () => {
    const prices = own();
    assert.equal(prices.list, undefined, "loaded only when somebody asks");
    assert.equal((await prices.load()).catalogue, "bundled");
    await prices.look();
    assert.equal(await priceIn(prices), "3000000");
    const { catalogue, asOf } = await prices.load();
    assert.deepEqual([catalogue, asOf, changes], ["refreshed", "2026-11-24", 2]);
    host.answer = () => {}; // never
    now += 24 * HOUR;
    void prices.look();
    assert.equal(await priceIn(prices), "3000000");
  });

  it("are kept for the next run, and asked for once a day, telling what is there already", async () => {
    await own().look();
    const next = own();
    assert.equal(await priceIn(next), "3000000");
    await next.look();
    assert.equal(host.asked.length, 1);
    now += 24 * HOUR;
    await next.look();
    assert.deepEqual(host.asked, [undefined, '"1"']);
    assert.equal(await priceIn(next), "3000000");
  });

  it("are not asked for when the person does not want it, or where it is off", async () => {
    wanted = false;
    await own().look();
    wanted = true;
    await own("off").look();
    assert.deepEqual([host.asked, log], [[], []]);
  });

  it("stay as they were when anything goes wrong, which is tried again after an hour", async () => {
    const prices = own();
    await prices.look();
    now += 24 * HOUR;
    for (const answer of ["<html>", "{}", '[{"id":"openai","models":[]}]']) {
      host.answer = (_, response) => void response.end(answer);
      await prices.look();
      assert.match(log.at(-1)!, /^prices: not refreshed: ./);
      assert.equal(await priceIn(prices), "3000000");
      const asked = host.asked.length;
      await prices.look();
      assert.equal(host.asked.length, asked);
      now += HOUR;
    }
    host.answer = undefined;
    host.publish(await publishedWith("gpt-99", 5));
    await prices.look();
    assert.equal(await priceIn(prices), "5000000");
  });

  it("do not believe what was kept when it makes no sense any more", async () => {
    ledger.saveSnapshot("", "catalogue", { asOf: "2026-12-01", providers: "none" });
    assert.equal((await own().load()).catalogue, "bundled");
  });

  it("are asked for again when the clock was set back", async () => {
    const prices = own();
    await prices.look();
    now -= 48 * HOUR;
    await prices.look();
    assert.equal(host.asked.length, 2);
  });
});

describe("a person's plans and choices", function () {
  this.timeout(60_000);
  const PLAN = {
    name: "My plan",
    models: ["test/*"],
    window: "month",
    unit: "tokens",
    limit: "100000",
    weights: [],
    creditUsd: "0.01",
  } as const;
  const preferences = { refreshPrices: false, budgets: [], plans: [{ ...PLAN, models: [...PLAN.models], weights: [] }] };

  it("are remembered, reach every window, and make no dollars where no money of the team's is drawn on", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tb-plans-"));
    try {
      const service = await createBudgetService({ stateDirectory: folder, log: () => {} });
      await assert.rejects(
        service.configure({ refreshPrices: true, budgets: [], plans: [{ name: "" }] as never }),
        /make no sense/,
      );
      await service.configure(preferences);
      assert.deepEqual(service.state().plans, preferences.plans);
      await service.close();

      const next = await createBudgetService({ stateDirectory: folder, log: () => {} });
      assert.deepEqual(next.state().plans, preferences.plans);
      const asked = request({ input: 10_000, output: 5_000 });
      const reply = await next.open(asked, "window");
      assert.deepEqual([reply.decision, reply.cost.high, reply.held.usd], ["allow", "0", "0"]);
      assert.deepEqual(reply.plan?.args, ["My plan", "15%"]);
      await next.sent(asked.id);
      assert.equal((await next.settle({ id: asked.id, usage: used(5_000), usageSource: "provider" })).cost, "0");
      await next.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("change nothing for what the team pays", async () => {
    const budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }], confirm: {} });
    try {
      const machine = await budget.machine();
      await machine.service.configure(preferences);
      await machine.signIn();
      const reply = await machine.service.open(request({ output: 5_000 }), "window");
      assert.deepEqual([reply.cost.high, reply.plan], ["0.05", undefined]);
    } finally {
      await budget.close();
    }
  });

  it("give way to the team's own plan, which costs its allowances nothing on either side", async () => {
    const budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }], plans: [PLAN] });
    try {
      const machine = await budget.machine();
      await machine.signIn();
      const asked = request({ output: 5_000 });
      assert.equal((await machine.service.open(asked, "window")).cost.high, "0");
      await machine.service.sent(asked.id);
      await machine.service.settle({ id: asked.id, usage: used(5_000), usageSource: "provider" });
      await machine.service.refresh();
      assert.equal((await budget.me()).allowances[0]?.spend, "0");
    } finally {
      await budget.close();
    }
  });
});
