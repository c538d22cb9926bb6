import assert from "node:assert/strict";
import type { Me, Sync } from "../../src/protocol/endpoint.ts";
import { overBothStores } from "./support/stores.ts";
import {
  call,
  entryOf,
  figuresOf,
  type Member,
  startMachine,
  startTeam,
  syncOf,
  type TestMachine,
  type TestTeam,
} from "./support/team.ts";

const PRICES = [{ model: "test/one", input: "1", output: "10" }];
const at = (text: string) => Date.parse(text);
/** Midnight in Copenhagen, where the team is. */
const MIDNIGHT = at("2026-11-24T23:00:00Z");
const DAY = 86_400_000;

overBothStores("periods", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store);
    team.clock.now = MIDNIGHT - 60_000;
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    await team.close();
    assert.deepEqual(differences, []);
  });

  const days = (limit: string) => ({ allowances: [{ id: "day", name: "Day", period: "day", limit }], prices: PRICES });
  const allowance = async (member: Member = team.dev, rule = "day") => {
    const { body } = await call<Me>(team.url, member.token, "GET", "/v1/me");
    return body.allowances.find(({ id }) => id === rule)!;
  };
  const rowOf = async (key: string) => {
    const [row] = await under.store.query<{ spend: string; debt: string }>(
      "select spend, debt from whole_allowance where key = $1",
      [key],
    );
    return row && [Number(row.spend) / 1e9, Number(row.debt) / 1e9];
  };
  /** What a machine says that settled a request of so many dollars, all its advance's; the rest comes home. */
  const settled = (machine: TestMachine, dollars: number, granted: string): Partial<Sync> => {
    const held = { usd: granted, tokens: "0" };
    const entry = entryOf({
      input: dollars * 1_000_000,
      allowances: machine.keys,
      held,
      at: new Date(team.clock.now).toISOString(),
    });
    const returned = String(Math.max(0, Number(granted) - dollars));
    return { seq: 2, granted, spent: String(dollars), returned, entries: [entry] };
  };
  const need = (amount: string): Partial<Sync> => ({ needs: [{ id: "n", amount }] });

  it("take what is settled after they ended; without an overdraft the next one knows nothing of it", async () => {
    await team.pushPolicy(days("10"));
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("8"));
    team.clock.now = MIDNIGHT;
    assert.equal((await allowance()).spend, "0");
    await machine.sync(settled(machine, 9, "8"));
    assert.deepEqual(await rowOf(machine.keys[0]!), [9, 0]);
    const today = await allowance();
    assert.deepEqual([today.spend, today.debt], ["0", undefined]);
  });

  it("hand what a late settle overdraws them by to the current one, which grants less from then on", async () => {
    await team.pushPolicy(days("10"));
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("8"));
    team.clock.now = MIDNIGHT;
    const current = await startMachine(team.url, team.dev);
    await current.sync(need("1"));
    await machine.sync(settled(machine, 13, "8"));
    const today = await allowance();
    assert.deepEqual([today.spend, today.held, today.debt], ["3", "1", "3"]);
    assert.deepEqual(await rowOf(machine.keys[0]!), [13, 0]);
    const { body } = await current.sync({ ...need("7"), seq: 2, granted: "1", open: "1" });
    assert.deepEqual([body.granted, body.refused[0]?.remaining], ["1", "6"]);
    const [debt] = await under.store.query<{ amount: string; cost: string }>(
      "select amount, cost from entry join entry_allowance on entry = id where kind = 'debt' and entry.team = $1",
      [team.id],
    );
    assert.deepEqual(debt, { amount: "3000000000", cost: "0" });
  });

  it("hand their overdraft to the next one though nothing comes late, and what comes back reduces it", async () => {
    await team.pushPolicy(days("10"));
    const [first, second] = [await startMachine(team.url, team.dev), await startMachine(team.url, team.dev)];
    await first.sync(need("8"));
    await second.sync(need("2"));
    const providerRequestId = crypto.randomUUID();
    const entries = [1, 2].map(() => entryOf({ input: 12_000_000, allowances: first.keys, providerRequestId }));
    await first.sync({ seq: 2, granted: "8", spent: "12", entries: entries.slice(0, 1) });
    team.clock.now = MIDNIGHT + 1000;
    assert.equal((await allowance()).debt, "2");
    // The same request through another way in: charged twice for a while, then taken back.
    await second.sync({ seq: 2, granted: "2", spent: "12" });
    assert.equal((await allowance()).debt, "14");
    await second.sync({ seq: 3, granted: "2", spent: "12", entries: entries.slice(1) });
    assert.deepEqual(await allowance().then(({ spend, debt }) => [spend, debt]), ["2", "2"]);
  });

  it("are repaid from the very next ones, used or not, as many as it takes", async () => {
    await team.pushPolicy(days("10"));
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("10"));
    await machine.sync(settled(machine, 27, "10"));
    team.clock.now = MIDNIGHT + DAY;
    assert.deepEqual(await allowance().then(({ spend, debt }) => [spend, debt]), ["7", "7"]);
    assert.deepEqual(await rowOf(`day|${team.dev.id}|2026-11-25`), [17, 17]);
    team.clock.now += 3 * DAY;
    assert.equal((await allowance()).debt, undefined);
  });

  it("pass on what comes very late through all that lie between", async () => {
    await team.pushPolicy(days("10"));
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("10"));
    team.clock.now = MIDNIGHT;
    const second = await startMachine(team.url, team.dev);
    await second.sync(need("8"));
    await second.sync(settled(second, 8, "8"));
    team.clock.now = MIDNIGHT + 2 * DAY;
    await allowance();
    // 11 beyond the first day: the second has room for 2 of them, the third (of which nobody knew) for all but none of the rest.
    await machine.sync(settled(machine, 21, "10"));
    assert.deepEqual(await rowOf(`day|${team.dev.id}|2026-11-25`), [19, 11]);
    assert.deepEqual(await rowOf(`day|${team.dev.id}|2026-11-26`), [9, 9]);
    assert.equal((await allowance()).debt, undefined);
    await machine.sync({ ...settled(machine, 25, "10"), seq: 3 });
    assert.deepEqual(await rowOf(`day|${team.dev.id}|2026-11-26`), [13, 13]);
    assert.equal((await allowance()).debt, "3");
  });

  it("of the team and of each person owe separately, and a rule that is gone owes nothing", async () => {
    const pool = { id: "pool", name: "Pool", per: "team", period: "day", limit: "12" };
    const both = { ...days("10"), allowances: [...days("10").allowances, pool] };
    await team.pushPolicy(both);
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("10"));
    await machine.sync(settled(machine, 15, "10"));
    team.clock.now = MIDNIGHT;
    assert.deepEqual([(await allowance()).debt, (await allowance(team.lead, "pool")).debt], ["5", "3"]);
    assert.equal((await allowance(team.lead)).debt, undefined);
    await team.pushPolicy({ ...both, allowances: [pool] });
    await machine.sync({ ...settled(machine, 16, "10"), seq: 3 });
    assert.equal((await allowance(team.dev, "pool")).debt, "4");
  });

  it("let a changed limit apply to the one under way at once, and to none that is over", async () => {
    await team.pushPolicy(days("10"));
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("8"));
    await machine.sync(settled(machine, 8, "8"));
    team.clock.now = MIDNIGHT;
    await allowance();
    await team.pushPolicy(days("5"));
    const rows = await under.store.query<{ limit: string }>(
      `select "limit" from allowance where subject = $1 and rule = 'day' order by key`,
      [team.dev.id],
    );
    assert.deepEqual(
      rows.map(({ limit }) => limit),
      ["10000000000", "5000000000"],
    );
    assert.equal((await allowance()).debt, undefined);
  });

  it("that were cut below what was spent owe the difference when they end", async () => {
    await team.pushPolicy(days("10"));
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("8"));
    await machine.sync(settled(machine, 8, "8"));
    await team.pushPolicy(days("5"));
    team.clock.now = MIDNIGHT;
    assert.equal((await allowance()).debt, "3");
  });

  it("never mix dollars and tokens, though a rule changes its unit", async () => {
    await team.pushPolicy(days("10"));
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("8"));
    await machine.sync(settled(machine, 8, "8"));
    await team.pushPolicy({ allowances: [{ id: "day", name: "Day", period: "day", unit: "tokens", limit: "9000000" }] });
    assert.deepEqual(await allowance().then(({ unit, spend }) => [unit, spend]), ["tokens", "8000000"]);
    assert.equal(
      (await startMachine(team.url, team.dev, "tokens").then((tokens) => tokens.sync(need("1000000")))).body.granted,
      "1000000",
    );
  });

  for (const [name, from, to] of [
    ["west", "Asia/Tokyo", "America/Los_Angeles"],
    ["far to the west", "Pacific/Kiritimati", "Etc/GMT+12"],
    ["east", "America/Los_Angeles", "Asia/Tokyo"],
    ["far to the east", "Etc/GMT+12", "Pacific/Kiritimati"],
  ] as const)
    it(`go on by the calendar of the zone that the team moves to: ${name}`, async () => {
      const zone = (timeZone: string) => ({ timeZone, ...days("10") });
      const start = at("2026-11-24T17:00:00Z");
      await team.pushPolicy(zone(from));
      const machines: TestMachine[] = [];
      for (team.clock.now = start - 2 * DAY; team.clock.now <= start; team.clock.now += DAY) {
        const machine = await startMachine(team.url, team.dev);
        await machine.sync(need("4"));
        machines.push(machine);
      }
      team.clock.now = start;
      await team.pushPolicy(zone(to));
      for (; team.clock.now < start + 4 * DAY; team.clock.now += 4 * 3_600_000) {
        const { body } = await (await startMachine(team.url, team.dev)).sync(need("0.1"));
        assert.deepEqual([body.granted, body.close], ["0.1", undefined], new Date(team.clock.now).toISOString());
      }
      // What comes late overdraws the days by 2 and more, which the ones after them repay: as many as begun before.
      for (const machine of machines) await machine.sync(settled(machine, 12, "4"));
    });

  it("that are under way again, in the zone that the team moves to, hand on what they are overdrawn by from then on", async () => {
    const zone = (timeZone: string) => ({ timeZone, ...days("10") });
    await team.pushPolicy(zone("Asia/Tokyo"));
    team.clock.now = at("2026-11-24T14:00:00Z");
    const before = (await allowance()).key;
    team.clock.now = at("2026-11-24T17:00:00Z");
    const after = (await allowance()).key;
    await team.pushPolicy(zone("America/Los_Angeles"));
    assert.equal((await allowance()).key, before);
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("8"));
    await machine.sync(settled(machine, 13, "8"));
    assert.deepEqual(
      [await rowOf(before), await rowOf(after)],
      [
        [13, 0],
        [3, 3],
      ],
    );
    await team.pushPolicy({ timeZone: "America/Los_Angeles", ...days("5") });
    assert.equal((await rowOf(after))?.[1], 8, "a limit that is lowered meanwhile counts");
    team.clock.now += DAY;
    assert.equal((await allowance()).debt, "8");
  });

  for (const [kind, name, now, end] of [
    ["day", "a day of 25 hours", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
    ["day", "a day of 23 hours", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
    ["day", "a leap day", "2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z"],
    ["week", "a week in which the clock changes", "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"],
    ["month", "a leap year's February", "2028-01-31T23:00:00Z", "2028-02-29T23:00:00Z"],
  ] as const)
    it(`end by the team's calendar: ${name}`, async () => {
      await team.pushPolicy({ allowances: [{ id: "day", name: "It", period: kind, limit: "10" }] });
      team.clock.now = at(now) - 1;
      const before = (await allowance()).key;
      team.clock.now = at(now);
      const { key, period } = await allowance();
      assert.notEqual(key, before);
      assert.deepEqual([at(period.start), at(period.resetsAt)], [at(now), at(end)]);
      const machine = await startMachine(team.url, team.dev);
      team.clock.now = at(end) - 1000;
      assert.equal((await machine.sync(need("1"))).body.ttl, 1);
      team.clock.now = at(end);
      assert.equal((await machine.sync({ ...need("1"), seq: 2 })).body.close, true);
      assert.deepEqual(await figuresOf(team.url, team.dev, "day"), { spend: "0", held: "0", limit: "10" });
    });
});

overBothStores("allowances of models and projects", (under) => {
  let team: TestTeam;
  before(async () => {
    team = await startTeam(under.store, {
      allowances: [
        { id: "all", name: "All", limit: "60" },
        { id: "large", name: "Large models", limit: "5", models: ["test/one"] },
        { id: "shop", name: "Shop", per: "team", limit: "9", projects: ["shop/*"] },
        { id: "tokens", name: "Tokens", unit: "tokens", limit: "9000000", models: ["test/*"] },
      ],
      prices: PRICES,
    });
  });
  after(async () => {
    const { differences } = await team.admin.verify();
    await team.close();
    assert.deepEqual(differences, []);
  });

  const open = async (member: Member, ...rules: string[]) => {
    const me = await call<Me>(team.url, member.token, "GET", "/v1/me");
    const allowances = me.body.allowances.filter(({ id }) => rules.includes(id));
    const { unit } = allowances[0]!;
    const keys = allowances.map(({ key }) => key);
    const { status, body } = await call<{ id: string }>(team.url, member.token, "POST", "/v1/advances", {
      ...{ machine: "m", unit, allowances: keys },
    });
    const sync = (message: Partial<Sync>) =>
      call<{ granted: string; refused: { allowance: string; remaining: string }[] }>(
        ...([team.url, member.token, "POST", `/v1/advances/${body.id}/sync`] as const),
        syncOf(message),
      );
    return { status, keys, sync };
  };
  it("bind what draws on them, and nothing else", async () => {
    const small = await open(team.dev, "all");
    const large = await open(team.dev, "all", "large");
    assert.equal((await small.sync({ needs: [{ id: "n", amount: "20" }] })).body.granted, "20");
    const { body } = await large.sync({ needs: [{ id: "n", amount: "6" }] });
    assert.deepEqual(
      body.refused.map(({ allowance, remaining }) => [allowance, remaining]),
      [[large.keys[1], "5"]],
    );
  });

  it("of a project are shared by its people", async () => {
    const [one, two] = [await open(await team.join(), "all", "shop"), await open(await team.join(), "all", "shop")];
    assert.equal((await one.sync({ needs: [{ id: "n", amount: "6" }] })).body.granted, "6");
    const { body } = await two.sync({ needs: [{ id: "n", amount: "6" }] });
    assert.deepEqual(
      body.refused.map(({ allowance, remaining }) => [allowance, remaining]),
      [[two.keys[1], "3"]],
    );
  });

  it("are counted in dollars and in tokens, and need not be among an advance's", async () => {
    const member = await team.join();
    assert.equal((await open(member, "large")).status, 422);
    const [usd, tokens] = [await open(member, "all", "large"), await open(member, "tokens")];
    await usd.sync({ needs: [{ id: "n", amount: "4" }] });
    await tokens.sync({ needs: [{ id: "n", amount: "3000000" }] });
    const entry = entryOf({ input: 2_500_000, allowances: [...usd.keys, ...tokens.keys], held: { usd: "2", tokens: "3000000" } });
    await usd.sync({ seq: 2, granted: "4", spent: "2.5", entries: [entry] });
    await tokens.sync({ seq: 2, granted: "3000000", spent: "2500000" });
    const me = await call<Me>(team.url, member.token, "GET", "/v1/me");
    assert.deepEqual(
      me.body.allowances.map(({ id, spend, held, overshoot }) => [id, spend, held, overshoot]),
      [
        ["all", "2.5", "1.5", "0.5"],
        ["large", "2.5", "1.5", "0.5"],
        ["shop", "0", "6", undefined],
        ["tokens", "2500000", "500000", undefined],
      ],
    );
  });
});
