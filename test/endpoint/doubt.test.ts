import assert from "node:assert/strict";
import { type AuditRecord, type Doubt, DoubtSchema } from "../../src/protocol/endpoint.ts";
import { overBothStores } from "./support/stores.ts";
import { call, figuresOf, type Member, NOON, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const POLICY = {
  allowances: [
    { id: "day", name: "Your day", period: "day", limit: "10" },
    { id: "pool", name: "Team pool", per: "team", limit: "12" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};
const MINUTE = 60_000;

overBothStores("money in doubt", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store, POLICY);
  });
  afterEach(() => team.close());

  const doubts = async (member: Member = team.lead) => call<Doubt[]>(team.url, member.token, "GET", "/v1/doubts");
  const writeOff = (id: string, member: Member = team.lead) =>
    call<Doubt>(team.url, member.token, "POST", `/v1/advances/${id}/write-off`);
  /** A machine that was granted $8, with a request of $6 under way, and is silent from then on. */
  const silent = async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ seq: 1, needs: [{ id: "n", amount: "8" }] });
    await machine.sync({ seq: 2, granted: "8", open: "6", needs: [] });
    return machine;
  };

  it("is what a machine holds that has been silent for longer than it may spend, and is told to leads alone", async () => {
    const machine = await silent();
    team.clock.now = NOON + 11 * MINUTE;
    assert.deepEqual((await doubts()).body, []);
    team.clock.now = NOON + 12 * MINUTE;
    const [doubt] = (await doubts()).body.map((one) => DoubtSchema.parse(one));
    assert.deepEqual(doubt, {
      id: machine.advance,
      person: { id: team.dev.id, name: team.dev.name },
      machine: doubt?.machine,
      unit: "usd",
      held: "8",
      open: "6",
      allowances: ["Your day", "Team pool"],
      lastHeard: new Date(NOON).toISOString(),
      endsAt: "2026-11-30T23:00:00.000Z",
    });
    assert.deepEqual([(await doubts(team.dev)).status, (await writeOff(machine.advance, team.dev)).status], [403, 403]);
    const stranger = await startTeam(under.store, POLICY);
    stranger.clock.now = team.clock.now;
    assert.deepEqual((await doubts(stranger.lead)).body, []);
    await stranger.close();
  });

  it("stays held however long nobody writes it off, and is there for others once somebody did, with a line in the audit", async () => {
    const machine = await silent();
    const other = await startMachine(team.url, await team.join());
    team.clock.now = NOON + 5 * 3_600_000;
    const need = { needs: [{ id: "m", amount: "7" }] };
    assert.equal((await other.sync({ seq: 1, ...need })).body.refused[0]?.remaining, "4");
    assert.equal((await writeOff(machine.advance)).body.held, "8");
    assert.deepEqual((await other.sync({ seq: 2, ...need })).body.refused, []);
    assert.deepEqual((await doubts()).body, []);
    assert.equal((await writeOff(machine.advance)).status, 409);
    const { body: audit } = await call<AuditRecord[]>(team.url, team.lead.token, "GET", "/v1/audit");
    const { action, subject, actor, details } = audit[0]!;
    assert.deepEqual([action, subject, actor, details.amount], ["advance.writeOff", machine.advance, team.lead.name, "8"]);
    assert.deepEqual((await team.admin.verify()).differences, []);
  });

  it("that was written off and spent all the same is spend, also beyond the limit, and nothing more is granted to its advance", async () => {
    const machine = await silent();
    const other = await startMachine(team.url, await team.join());
    team.clock.now = NOON + 15 * MINUTE;
    await writeOff(machine.advance);
    await other.sync({ seq: 1, needs: [{ id: "m", amount: "9" }] });
    const late = await machine.sync({ seq: 3, granted: "8", spent: "6", open: "0", needs: [{ id: "more", amount: "1" }] });
    assert.deepEqual([late.status, late.body.close, late.body.granted, late.body.ttl], [200, true, "8", 0]);
    const { spend, held } = await figuresOf(team.url, team.dev, "pool");
    assert.deepEqual([spend, held], ["6", "9"]);
    assert.deepEqual((await team.admin.verify()).differences, []);
  });

  it("is none any more when its machine is heard of, or its periods are over", async () => {
    const machine = await silent();
    team.clock.now = NOON + 15 * MINUTE;
    await machine.sync({ seq: 3, granted: "8", open: "6", needs: [] });
    assert.equal((await writeOff(machine.advance)).status, 409);
    assert.equal((await doubts()).body.length, 0);
    team.clock.now = NOON + 30 * MINUTE;
    assert.equal((await doubts()).body.length, 1);
    team.clock.now = Date.parse("2026-12-01T00:00:01Z");
    assert.equal((await doubts()).body.length, 0);
  });

  it("names nobody where the policy shows leads no single people", async () => {
    await silent();
    await team.pushPolicy({ ...POLICY, visibility: "pseudonym" });
    team.clock.now = NOON + 15 * MINUTE;
    assert.equal((await doubts()).body[0]?.person, undefined);
  });
});
