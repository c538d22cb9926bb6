import assert from "node:assert/strict";
import { ProblemSchema, RehearsalSchema } from "../../src/protocol/endpoint.ts";
import { overBothStores } from "./support/stores.ts";
import { call, entryOf, NOON, startTeam, type TestTeam } from "./support/team.ts";

const DAY = 86_400_000;
const at = (daysAgo: number) => new Date(NOON - daysAgo * DAY).toISOString();
/** 10 cents, held at 30. */
const dime = (daysAgo: number) => entryOf({ input: 100_000, at: at(daysAgo), held: { usd: "0.3", tokens: "100000" } });
const PRICES = [{ model: "test/one", input: "1", output: "10" }];

overBothStores("a rehearsal of a policy", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store);
  });
  afterEach(() => team.close());

  const rehearse = async (policy: object) => {
    const { status, body } = await call(team.url, team.lead.token, "POST", "/v1/policy/rehearsal", { policy });
    assert.equal(status, 200, JSON.stringify(body));
    return RehearsalSchema.parse(body);
  };
  const outcomes = async (policy: object) =>
    (await rehearse({ prices: PRICES, ...policy })).people.map(({ name, asked, blocked, saved }) => [
      name,
      asked,
      blocked,
      saved,
    ]);

  it("says of everybody in the team how often they would have been asked and stopped, and what that saves", async () => {
    await team.admin.importEntries(team.dev.id, [dime(1), dime(2), dime(3)]);
    await team.admin.importEntries(team.lead.id, [dime(1)]);
    await team.join();
    const asked = await outcomes({ confirm: { cost: "0.2" } });
    assert.deepEqual(asked.map(String).sort(), ["A developer,0,0,0", "A developer,3,0,0", "A lead,1,0,0"]);
    const month = { allowances: [{ id: "m", name: "M", limit: "0.35", limitFor: { [team.lead.email!]: "1" } }], confirm: {} };
    assert.deepEqual(
      (await outcomes(month)).filter(([, , blocked]) => blocked !== 0),
      [["A developer", 0, 2, "0.2"]],
    );
  });

  it("goes back 30 days, and through more requests than one page has, each once", async () => {
    const entries = Array.from({ length: 2_100 }, (_, index) => dime(index % 29));
    await team.admin.importEntries(team.dev.id, [...entries, dime(31)]);
    const { days, requests, people } = await rehearse({ prices: PRICES, confirm: {}, block: { cost: "0.29" } });
    assert.deepEqual([days, requests], [30, 2_100]);
    assert.deepEqual(
      people.map(({ blocked, saved }) => [blocked, saved]),
      [
        [2_100, "210"],
        [0, "0"],
      ],
    );
  });

  it("changes nothing, and sees nothing of other teams", async () => {
    const other = await startTeam(under.store);
    await other.admin.importEntries(other.dev.id, [dime(1)]);
    await other.close();
    assert.equal((await rehearse({})).requests, 0);
    const policy = await call<{ version: number }>(team.url, team.dev.token, "GET", "/v1/policy");
    assert.equal(policy.body.version, 1);
  });

  it("is for leads, and needs a good policy", async () => {
    const asDeveloper = await call(team.url, team.dev.token, "POST", "/v1/policy/rehearsal", { policy: {} });
    assert.equal(asDeveloper.status, 403);
    const bad = await call(team.url, team.lead.token, "POST", "/v1/policy/rehearsal", { policy: { softLimit: 2 } });
    assert.equal(bad.status, 422);
    assert.deepEqual(
      ProblemSchema.parse(bad.body).faults?.map(({ pointer }) => pointer),
      ["/policy/softLimit"],
    );
  });
});
