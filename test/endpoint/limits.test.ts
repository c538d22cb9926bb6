import assert from "node:assert/strict";
import type { Me } from "../../src/protocol/endpoint.ts";
import { EventReader } from "./support/eventReader.ts";
import { overBothStores } from "./support/stores.ts";
import { call, entryOf, figuresOf, type Member, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const PRICES = [{ model: "test/one", input: "1", output: "10" }];
const need = (amount: string) => ({ needs: [{ id: "n", amount }] });

overBothStores("limits by role", (under) => {
  let team: TestTeam;
  const policyOf = (more: object = {}) => ({
    allowances: [
      { id: "month", name: "Month", limit: "10", limitForRole: { lead: "50" }, ...more },
      { id: "pool", name: "Pool", per: "team", limit: "400", limitForRole: { lead: "1" } },
    ],
    prices: PRICES,
  });
  beforeEach(async () => {
    team = await startTeam(under.store, policyOf());
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    await team.close();
    assert.deepEqual(differences, []);
  });
  const limit = async (member: Member, rule = "month") => (await figuresOf(team.url, member, rule)).limit;

  it("are a role's, unless a person has their own; the team's own is nobody's", async () => {
    assert.deepEqual([await limit(team.lead), await limit(team.dev), await limit(team.lead, "pool")], ["50", "10", "400"]);
    await team.pushPolicy(policyOf({ limitFor: { [team.lead.email!]: "7" } }));
    assert.deepEqual([await limit(team.lead), await limit(team.dev)], ["7", "10"]);
    await team.pushPolicy(policyOf({ limitForRole: { developer: "3" } }));
    assert.deepEqual([await limit(team.lead), await limit(team.dev)], ["10", "3"]);
  });

  it("are what is admitted, of a push at once", async () => {
    const machine = await startMachine(team.url, team.dev);
    assert.equal((await machine.sync(need("11"))).body.refused.length, 1);
    await team.pushPolicy(policyOf({ limitForRole: { developer: "12" } }));
    assert.equal((await machine.sync({ ...need("11"), seq: 2 })).body.granted, "11");
  });

  it("follow a change of role at once, to everybody who is connected: more is admitted, or what is free called home", async () => {
    const machine = await startMachine(team.url, team.dev);
    const reader = await EventReader.open(team.url, team.dev.token);
    await reader.next("allowance");
    await team.admin.setRole(team.dev.id, "lead");
    await reader.next("reset");
    await assert.rejects(reader.next("nothing"), /ended/);
    const me = await call<Me>(team.url, team.dev.token, "GET", "/v1/me");
    assert.deepEqual([me.body.person.role, me.body.allowances[0]!.limit], ["lead", "50"]);
    assert.equal((await machine.sync(need("20"))).body.granted, "20");
    const again = await EventReader.open(team.url, team.dev.token, reader.lastId);
    assert.equal((await again.next("allowance")).data.allowances[0].limit, "50");
    await team.admin.setRole(team.dev.id, "developer");
    await again.next("reset");
    const reply = await machine.sync({ seq: 2, granted: "20", open: "1" });
    assert.deepEqual([reply.body.cap, await limit(team.dev)], ["0", "10"]);
    assert.equal(
      (await machine.sync({ seq: 3, granted: "20", returned: "19", open: "1", needs: [{ id: "m", amount: "10" }] })).body.refused
        .length,
      1,
    );
    again.close();
  });

  it("call money home from a person whose role has less", async () => {
    await team.admin.setRole(team.dev.id, "lead");
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("20"));
    const recall = Promise.withResolvers<unknown>();
    const stop = await under.store.subscribe((message) => {
      const notice = JSON.parse(message) as { kind: string };
      if (notice.kind === "recall") recall.resolve(notice);
    });
    await team.admin.setRole(team.dev.id, "developer");
    const recalls = [{ person: team.dev.id, id: machine.advance, cap: "0" }];
    assert.deepEqual(await recall.promise, { team: team.id, kind: "recall", recalls });
    stop();
  });
});

overBothStores("advances", (under) => {
  it("are as large, and last as long, as the policy in force says", async () => {
    const policyOf = (advances: object) => ({
      allowances: [{ id: "month", name: "Month", limit: "100" }],
      prices: PRICES,
      advances,
    });
    const team = await startTeam(under.store, policyOf({}));
    const machine = await startMachine(team.url, team.dev);
    const usual = await machine.sync({ want: "20" });
    assert.deepEqual([usual.body.granted, usual.body.cap, usual.body.ttl], ["20", "50", 600]);
    await team.pushPolicy(policyOf({ most: "3", minutes: 2 }));
    const small = await machine.sync({ seq: 2, granted: "20", returned: "17", want: "20" });
    assert.deepEqual([small.body.granted, small.body.cap, small.body.ttl], ["20", "3", 120]);
    await team.pushPolicy(policyOf({ most: "0" }));
    const none = await machine.sync({ seq: 3, granted: "20", returned: "20", want: "20", needs: [{ id: "n", amount: "7" }] });
    assert.deepEqual([none.body.granted, none.body.cap], ["27", "0"], "a need is granted all the same");
    await team.close();
  });
});

overBothStores("an overdraft", (under) => {
  const MIDNIGHT = Date.parse("2026-11-24T23:00:00Z");
  let team: TestTeam;
  const policyOf = (overdraft?: string) => ({
    allowances: [{ id: "day", name: "Day", period: "day", limit: "10", ...(overdraft && { overdraft }) }],
    prices: PRICES,
  });
  beforeEach(async () => {
    team = await startTeam(under.store, policyOf("5"));
    team.clock.now = MIDNIGHT - 60_000;
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    await team.close();
    assert.deepEqual(differences, []);
  });
  const day = async () => (await call<Me>(team.url, team.dev.token, "GET", "/v1/me")).body.allowances[0]!;
  const spend = async (dollars: number) => {
    const machine = await startMachine(team.url, team.dev);
    const granted = await machine.sync(need(String(dollars)));
    if (granted.body.refused.length > 0) return granted.body.refused[0]!.remaining;
    const at = new Date(team.clock.now).toISOString();
    const held = { usd: String(dollars), tokens: "0" };
    const entry = entryOf({ input: dollars * 1_000_000, allowances: machine.keys, held, at });
    await machine.sync({ seq: 2, granted: String(dollars), spent: String(dollars), entries: [entry] });
    return "spent";
  };

  it("is admitted beyond the limit and no further, and shown beside it", async () => {
    assert.deepEqual([await spend(9), await spend(7), await spend(6)], ["spent", "6", "spent"]);
    assert.deepEqual([await spend(1)], ["0"]);
    const { limit, overdraft, spend: used } = await day();
    assert.deepEqual([limit, overdraft, used], ["10", "5", "15"]);
  });

  it("is repaid from the next period, which may be overdrawn in its turn", async () => {
    assert.equal(await spend(15), "spent");
    team.clock.now = MIDNIGHT;
    const next = await day();
    assert.deepEqual([next.spend, next.debt, next.limit], ["5", "5", "10"]);
    assert.deepEqual([await spend(11), await spend(10)], ["10", "spent"]);
    team.clock.now = MIDNIGHT + 86_400_000;
    assert.equal((await day()).debt, "5");
  });

  it("comes and goes with a push, for the period that runs", async () => {
    assert.equal(await spend(10), "spent");
    await team.pushPolicy(policyOf());
    assert.deepEqual([await spend(1), (await day()).overdraft], ["0", undefined]);
    await team.pushPolicy(policyOf("2"));
    assert.deepEqual([await spend(3), await spend(2)], ["2", "spent"]);
  });

  it("calls money home where it became too small for what is held", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("15"));
    await call(
      team.url,
      team.lead.token,
      "PUT",
      "/v1/policy",
      { policy: { timeZone: "Europe/Copenhagen", ...policyOf("1") } },
      { "if-match": "*" },
    );
    const { body } = await machine.sync({ seq: 2, granted: "15", open: "0" });
    assert.equal(body.cap, "0");
  });
});
