import assert from "node:assert/strict";
import { type PolicyVersion, PolicyVersionSchema, ProblemSchema } from "../../src/protocol/endpoint.ts";
import { overBothStores } from "./support/stores.ts";
import { type Answer, call, figuresOf, startTeam, type TestTeam } from "./support/team.ts";

const POLICY = { allowances: [{ id: "month", name: "Month", limit: "30" }] };

overBothStores("a policy's push", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store);
  });
  afterEach(() => team.close());

  const push = (body: unknown, ifMatch?: string, token = team.lead.token): Promise<Answer> =>
    call(team.url, token, "PUT", "/v1/policy", body, ifMatch === undefined ? {} : { "if-match": ifMatch });

  it("puts the next version in force at once", async () => {
    const { status, headers, body } = await push({ policy: POLICY, note: "halved" }, '"1"');
    assert.equal(status, 200);
    assert.equal(headers.get("etag"), '"2"');
    const pushed = PolicyVersionSchema.parse(body);
    assert.deepEqual([pushed.version, pushed.note, pushed.author], [2, "halved", "A lead"]);
    assert.equal((await figuresOf(team.url, team.dev, "month")).limit, "30");
    const versions = await call<PolicyVersion[]>(team.url, team.dev.token, "GET", "/v1/policy/versions");
    assert.deepEqual(
      versions.body.map(({ version }) => version),
      [2, 1],
    );
  });

  it("keeps the team's time zone where the policy names none", async () => {
    const { body } = await push({ policy: POLICY }, '"1"');
    assert.equal(PolicyVersionSchema.parse(body).policy.timeZone, "Europe/Copenhagen");
  });

  it("needs a lead, and the version that it changes", async () => {
    assert.equal((await push({ policy: POLICY }, '"1"', team.dev.token)).status, 403);
    assert.equal((await push({ policy: POLICY })).status, 428);
    const stale = await push({ policy: POLICY }, '"0"');
    assert.deepEqual([stale.status, stale.headers.get("etag")], [412, '"1"']);
    assert.equal((await push({ policy: POLICY }, "*")).status, 200);
  });

  it("of two leads who push at once lets one through", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => push({ policy: POLICY }, '"1"')));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)]);
  });

  it("names every fault by its pointer, and changes nothing", async () => {
    const { status, body } = await push(
      {
        policy: {
          timeZone: "Mars/Olympus",
          allowances: [
            { id: "Month", name: "Month", limit: "-3" },
            { id: "a", name: "", limit: "1", limitFor: { "a/b": "x" } },
          ],
          "odd~field": 1,
        },
      },
      '"1"',
    );
    assert.equal(status, 422);
    assert.deepEqual(
      ProblemSchema.parse(body)
        .faults?.map(({ pointer }) => pointer)
        .sort(),
      [
        "/policy/allowances/0/id",
        "/policy/allowances/0/limit",
        "/policy/allowances/1/limitFor/a~1b",
        "/policy/allowances/1/name",
        "/policy/odd~0field",
        "/policy/timeZone",
      ],
    );
    const current = await call<PolicyVersion>(team.url, team.lead.token, "GET", "/v1/policy");
    assert.equal(current.body.version, 1);
  });

  it("gives single people limits of their own, by e-mail address or id", async () => {
    const other = await team.join();
    const limitFor = { [team.dev.email!.toUpperCase()]: "7", [other.id]: "8" };
    await push({ policy: { allowances: [{ id: "month", name: "Month", limit: "30", limitFor }] } }, '"1"');
    assert.equal((await figuresOf(team.url, team.dev, "month")).limit, "7");
    assert.equal((await figuresOf(team.url, other, "month")).limit, "8");
    assert.equal((await figuresOf(team.url, team.lead, "month")).limit, "30");
  });

  it("is append-only in the database", async () => {
    await assert.rejects(under.store.query("update policy set note = 'x'"), /append-only/);
    await assert.rejects(under.store.query("delete from policy"), /append-only/);
  });
});
