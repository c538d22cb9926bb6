import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlanSchema } from "../../src/budget/plan/plan.ts";
import type { PlanMeter } from "../../src/budget/plan/planWindow.ts";
import { createBudgetService } from "../../src/daemon/budgetService.ts";
import type { BudgetService } from "../../src/daemon/service.ts";
import { usageOf } from "../../src/wire/usage.ts";
import { request, startBudget, used } from "./support/budget.ts";

const HOUR = 3_600_000;
const CLAUDE = { name: "Claude", models: ["anthropic/*"], window: "5h", limit: "200" };
const COPILOT = { name: "Copilot", models: ["openai/*"], unit: "credits", limit: "1000" };

describe("the windows of flat-rate plans", function () {
  this.timeout(60_000);
  let folder: string;
  let now: number;
  const open: BudgetService[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tb-plans-"));
    now = Date.parse("2026-11-24T09:00:00Z");
  });
  afterEach(async () => {
    for (const service of open.splice(0)) await service.close();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async () => {
    const clock = { wall: () => now, monotone: () => now, elapsed: () => now };
    const service = await createBudgetService({ stateDirectory: folder, log: assert.fail, clock, catalogue: "off" });
    open.push(service);
    return service;
  };
  const configure = (service: BudgetService, ...plans: object[]) =>
    service.configure({ refreshPrices: false, plans: plans.map((plan) => PlanSchema.parse(plan)), budgets: [] });
  const send = async (service: BudgetService, ref = { provider: "anthropic", model: "claude-opus-5" }) => {
    const asked = request({ input: 1_000, output: 1_000, ref });
    assert.equal((await service.open(asked, "window")).decision, "allow");
    await service.sent(asked.id);
    await service.settle({ id: asked.id, usage: usageOf({ input: 1_000, output: 1_000 }), usageSource: "provider" });
  };
  /** Resolves when the meters are as wanted. */
  const shows = (service: BudgetService, ...wanted: Partial<PlanMeter>[]) =>
    new Promise<void>((resolve) => {
      const look = () => {
        const meters = service.state().planMeters;
        if (wanted.length !== meters.length) return;
        const differ = wanted.some((want, index) =>
          Object.entries(want).some(([key, value]) => meters[index]![key as "used"] !== value),
        );
        if (!differ) resolve();
      };
      service.onDidChange(look);
      look();
    });

  it("run from the first use, and are there again after a restart, as they were", async () => {
    const first = await start();
    await configure(first, CLAUDE);
    await shows(first, { name: "Claude", used: "0", limit: "200" });
    await send(first);
    now += HOUR;
    await send(first);
    await shows(first, { used: "2", resetsAt: "2026-11-24T14:00:00.000Z" });
    await first.close();
    open.pop();

    const second = await start();
    await shows(second, { used: "2", resetsAt: "2026-11-24T14:00:00.000Z" });
    now += 4 * HOUR;
    await send(second);
    await shows(second, { used: "1", resetsAt: "2026-11-24T19:00:00.000Z" });
  });

  it("of a week keep their beginning, however often the daemon starts", async () => {
    let service = await start();
    await configure(service, { ...CLAUDE, window: "week" });
    for (let week = 0; week < 7; week++) {
      const resetsAt = new Date(now + 7 * 24 * HOUR).toISOString();
      await send(service);
      now += 6 * 24 * HOUR;
      await send(service); // in the same week
      await shows(service, { used: "2", resetsAt });
      now += 2 * 24 * HOUR;
      if (week % 2 === 0) continue;
      await service.close();
      open.pop();
      service = await start();
      await shows(service, { used: "2", resetsAt });
    }
  });

  it("count each plan in its own unit, two windows of one subscription both, and nothing that no plan covers", async () => {
    const service = await start();
    await configure(service, CLAUDE, { ...CLAUDE, name: "Claude's week", window: "week" }, COPILOT);
    await send(service);
    await send(service, { provider: "openai", model: "gpt-5" });
    await shows(service, { used: "1" }, { name: "Claude's week", used: "1" }, { name: "Copilot", unknown: 0 });
    // 1,000 tokens in at $1.25 and 1,000 out at $10 a million: $0.01125, so a little more than one cent.
    await shows(service, { used: "1" }, { used: "1" }, { used: "1.125" });
  });

  it("begin anew with other plans, from the same entries", async () => {
    const service = await start();
    await configure(service, { ...CLAUDE, unit: "tokens" });
    await send(service);
    await shows(service, { used: "2000" });
    await configure(service, CLAUDE);
    await shows(service, { used: "1" });
    await configure(service);
    await shows(service);
  });

  it("are those of the team's plans where one is signed in, and never money", async () => {
    now = Date.now();
    const budget = await startBudget({
      allowances: [{ id: "month", name: "Your month", limit: "10" }],
      plans: [{ name: "Flat", models: ["test/*"], limit: "50" }],
    });
    try {
      const { service, signIn } = await budget.machine();
      await signIn();
      const asked = request();
      assert.equal((await service.open(asked, "window")).decision, "allow");
      await service.sent(asked.id);
      await service.settle({ id: asked.id, usage: used(1_000), usageSource: "provider" });
      await shows(service, { name: "Flat", used: "1", unit: "requests" });
      assert.equal(service.state().allowances[0]?.spend, "0");
    } finally {
      await budget.close();
    }
  });
});
