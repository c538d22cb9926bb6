import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { figuresOf } from "../../src/budget/allowance/allowance.ts";
import { PersonalBudgetSchema } from "../../src/budget/allowance/personal.ts";
import { formatAmount, ONE, parseAmount } from "../../src/budget/money.ts";
import { createBudgetService } from "../../src/daemon/budgetService.ts";
import { inMemory } from "../../src/daemon/ledger/open.ts";
import { PersonalBook } from "../../src/daemon/personal/personalBook.ts";
import type { BudgetService } from "../../src/daemon/service.ts";
import type { OpenRequest } from "../../src/protocol/daemon.ts";
import { request, startBudget, used } from "./support/budget.ts";

const budgets = (...list: object[]) => list.map((one) => PersonalBudgetSchema.parse(one));
const preferences = (...list: object[]) => ({ refreshPrices: false, plans: [], budgets: budgets(...list) });
/** $10 for a million tokens of its answers; the person has said yes to whatever it costs. */
const GPT: Partial<OpenRequest> & Pick<OpenRequest, "ref"> = {
  ref: { provider: "openai", model: "gpt-5" },
  confirmed: { cost: "100", reasons: ["aboveConfirm", "shareOfRemaining"] },
};

describe("a personal budget in the daemon", function () {
  this.timeout(60_000);
  let folder: string;
  const open: BudgetService[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tb-personal-"));
  });
  afterEach(async () => {
    for (const service of open.splice(0)) await service.close();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (wall?: () => number) => {
    const clock = wall && { wall, monotone: wall, elapsed: wall };
    const service = await createBudgetService({
      stateDirectory: folder,
      log: () => {},
      ...(clock && { clock }),
      catalogue: "off",
    });
    open.push(service);
    return service;
  };
  const spend = async (service: BudgetService, output: number) => {
    const asked = request({ output, ...GPT });
    const reply = await service.open(asked, "window");
    if (reply.decision !== "allow") return reply;
    await service.sent(asked.id);
    await service.settle({ id: asked.id, usage: used(output), usageSource: "provider" });
    return reply;
  };
  const left = (service: BudgetService) => service.state().allowances.map((one) => formatAmount(figuresOf(one).remaining));

  it("needs no account: it shows what is left, holds, and refuses what does not fit", async () => {
    const service = await start();
    await service.configure(preferences({ limit: "0.30" }));
    const { sync, allowances } = service.state();
    assert.deepEqual([sync.phase, allowances[0]?.name, allowances[0]?.per], ["signedOut", "Your month", "personal"]);
    assert.equal((await spend(service, 20_000)).decision, "allow");
    assert.deepEqual(left(service), ["0.1"]);

    const first = request({ output: 8_000, ...GPT });
    assert.equal((await service.open(first, "window")).decision, "allow");
    assert.deepEqual(left(service), ["0.02"]); // what is held is not there for others
    const second = await service.open(request({ output: 3_000, ...GPT }), "window");
    assert.deepEqual([second.decision, second.reasons[0]?.code], ["block", "doesNotFit"]);
    await service.cancel(first.id);
    assert.deepEqual(left(service), ["0.1"]);
  });

  it("admits exactly what fits, however many ask at once", async () => {
    const service = await start();
    await service.configure(preferences({ limit: "1" }));
    const replies = await Promise.all(
      Array.from({ length: 300 }, () => service.open(request({ output: 1_000, ...GPT }), "window")),
    );
    assert.equal(replies.filter(({ decision }) => decision === "allow").length, 100);
    assert.deepEqual(left(service), ["0"]);
  });

  it("knows after a restart what was spent, also by what nobody saw the end of", async () => {
    const first = await start();
    await first.configure(preferences({ limit: "1" }));
    await spend(first, 10_000);
    const lost = request({ output: 5_000, ...GPT });
    await first.open(lost, "window");
    await first.sent(lost.id);
    await open.pop()!.close(); // as if it had died: nobody settles
    const second = await start();
    assert.deepEqual(left(second), ["0.85"]);
  });

  it("is full again when the period is over; what was held before belongs to the period of its hold", async () => {
    let now = Date.parse("2026-11-30T12:00:00");
    const service = await start(() => now);
    await service.configure(preferences({ limit: "1" }, { limit: "0.60", period: "day", name: "Day" }));
    await spend(service, 10_000);
    const late = request({ output: 20_000, ...GPT });
    await service.open(late, "window");
    await service.sent(late.id);
    now = Date.parse("2026-12-01T00:00:01");
    assert.deepEqual(left(service), ["1", "0.6"]);
    await service.settle({ id: late.id, usage: used(20_000), usageSource: "provider" });
    assert.deepEqual(left(service), ["1", "0.6"]);
    now = Date.parse("2026-11-30T23:00:00");
    assert.deepEqual(left(service), ["0.7", "0.3"]);
  });

  it("lets a hold grow by what is left of the period that it was made in", async () => {
    let now = Date.parse("2026-11-29T23:59:00");
    const service = await start(() => now);
    await service.configure(preferences({ limit: "0.60", period: "day", name: "Day" }));
    await spend(service, 40_000);
    const late = request({ output: 10_000, ...GPT });
    await service.open(late, "window");
    await service.sent(late.id);
    now = Date.parse("2026-11-30T00:00:01");
    assert.equal(await service.grow(late.id, 21_000), false);
    assert.equal(await service.grow(late.id, 20_000), true);
  });

  it("follows a changed limit at once, and counts for a new budget what its period has seen", async () => {
    const service = await start();
    await service.configure(preferences({ limit: "1" }));
    await spend(service, 50_000);
    await service.configure(preferences({ limit: "0.40" }, { limit: "5", period: "month", models: ["anthropic/*"] }));
    assert.deepEqual(left(service), ["0", "5"]);
    assert.equal((await spend(service, 100)).decision, "block");
    await service.configure(preferences());
    assert.deepEqual(service.state().allowances, []);
    assert.equal((await spend(service, 100)).decision, "allow");
  });

  it("steps back where a team gives an allowance, and is back after signing out", async () => {
    const team = await startBudget({ allowances: [{ id: "month", name: "Team month", limit: "10" }], confirm: {} });
    try {
      const service = await start();
      await service.configure(preferences({ limit: "1" }));
      await spend(service, 10_000);
      await service.connectAccount(team.url, team.token);
      assert.deepEqual(left(service), ["10"]);
      await service.disconnectAccount();
      assert.deepEqual(left(service), ["0.9"]);
      await service.close();
      open.pop();
    } finally {
      await team.close();
    }
  });

  it("never passes a limit, and what it shows is always the sum of what was spent and is held", async () => {
    const step = fc.record({
      kind: fc.constantFrom("reserve", "settle", "release", "grow", "pass"),
      which: fc.nat(30),
      amount: fc.bigInt(0n, ONE),
      hours: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        let now = Date.parse("2026-11-28T08:00:00Z");
        const clock = { wall: () => now, monotone: () => now, elapsed: () => now };
        const book = new PersonalBook({ ledger: inMemory(""), clock, timeZone: "Europe/Copenhagen", softLimit: 0.8 });
        book.configure(budgets({ limit: "3" }, { limit: "1.5", period: "day" }));
        const held: { id: string; at: number; amount: bigint }[] = [];
        const spent: { at: number; amount: bigint }[] = [];
        for (const { kind, which, amount, hours } of steps) {
          const one = held[which % Math.max(1, held.length)];
          if (kind === "pass") now += hours * 3_600_000;
          else if (kind === "reserve") {
            const id = randomUUID();
            const parts = [{ unit: "usd" as const, keys: [], amount }];
            const fits = book.allowances().every((allowance) => figuresOf(allowance).remaining >= amount);
            const { kind: came } = await book.reserve(id, GPT.ref, parts);
            assert.equal(came, fits || amount === 0n ? "held" : "refused");
            if (came === "held") held.push({ id, at: now, amount });
          } else if (one && kind === "grow") {
            if ((await book.grow(one.id, [], { usd: amount, tokens: 0n })) === "grown") one.amount += amount;
          } else if (one) {
            held.splice(held.indexOf(one), 1);
            if (kind === "release") book.release(one.id);
            else {
              book.settle(one.id, [], { usd: one.amount / 2n, tokens: 0n });
              spent.push({ at: one.at, amount: one.amount / 2n });
            }
          }
          for (const allowance of book.allowances()) {
            const [start, end] = [Date.parse(allowance.period.start), Date.parse(allowance.period.resetsAt)];
            const within = (list: { at: number; amount: bigint }[]) =>
              list.reduce((sum, { at, amount }) => (start <= at && at < end ? sum + amount : sum), 0n);
            assert.equal(parseAmount(allowance.spend), within(spent));
            assert.equal(parseAmount(allowance.held), within(held));
            assert.ok(parseAmount(allowance.spend) + parseAmount(allowance.held) <= parseAmount(allowance.limit));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
