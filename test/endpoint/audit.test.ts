import assert from "node:assert/strict";
import { type AuditRecord, AuditRecordSchema } from "../../src/protocol/endpoint.ts";
import { runCommand } from "./support/server.ts";
import { overBothStores } from "./support/stores.ts";
import { call, startTeam, type TestTeam } from "./support/team.ts";

overBothStores("the audit", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store);
  });
  afterEach(() => team.close());

  const records = async () =>
    (await call<AuditRecord[]>(team.url, team.lead.token, "GET", "/v1/audit")).body.map((record) =>
      AuditRecordSchema.parse(record),
    );
  const said = async (kind: string) =>
    (await records())
      .filter(({ action }) => action.startsWith(kind))
      .map(({ action, actor, subject, details }) => ({ action, actor, subject, details }));
  const push = (limit: string, over: number, note: string) =>
    call(
      team.url,
      team.lead.token,
      "PUT",
      "/v1/policy",
      { policy: { allowances: [{ id: "month", name: "Month", limit }] }, note },
      { "if-match": `"${over}"` },
    );

  it("names who pushed which policy and why, and that it was an old one again; a refused push leaves no line", async () => {
    await push("30", 1, "halved");
    await push("20", 1, "too late");
    await push("20", 2, "less");
    await push("30", 3, "back");
    const lines = await said("policy");
    assert.deepEqual(lines, [
      { action: "policy.rollback", actor: "A lead", subject: "4", details: { version: "4", note: "back", restores: "2" } },
      { action: "policy.push", actor: "A lead", subject: "3", details: { version: "3", note: "less" } },
      { action: "policy.push", actor: "A lead", subject: "2", details: { version: "2", note: "halved" } },
      { action: "policy.push", actor: undefined, subject: "1", details: { version: "1", note: "", by: "A lead" } },
    ]);
  });

  it("has every person, role and token, and never a token itself", async () => {
    const { id, token } = await team.admin.createToken(team.dev.id);
    await team.admin.setRole(team.dev.email!, "lead");
    await team.admin.setRole(team.dev.email!, "lead");
    await team.admin.revokeTokens(id);
    const by = "command line";
    assert.deepEqual((await said("person.role"))[0], {
      ...{ action: "person.role", actor: undefined, subject: team.dev.id },
      details: { from: "developer", to: "lead", by },
    });
    assert.equal((await said("person.role")).length, 1);
    assert.equal((await said("person.add")).length, 2);
    assert.deepEqual(
      (await said("token")).slice(0, 2).map(({ action, subject }) => [action, subject]),
      [
        ["token.revoke", id],
        ["token.create", id],
      ],
    );
    assert.ok(!JSON.stringify(await records()).includes(token));
  });

  it("is for leads; a new lead may read it at once", async () => {
    const read = () => call(team.url, team.dev.token, "GET", "/v1/audit");
    assert.equal((await read()).status, 403);
    await team.admin.setRole(team.dev.id, "lead");
    assert.equal((await read()).status, 200);
  });

  it("has what is done in the transaction that does it: what is undone leaves no line", async () => {
    const before = (await records()).length;
    await assert.rejects(team.admin.addPerson({ team: team.id, name: "Twin", email: team.dev.email!, role: "developer" }));
    assert.equal((await records()).length, before);
  });

  it("comes to the command line through the running endpoint", async () => {
    const env = { TOKEN_BUDGET_ENDPOINT: team.url, TOKEN_BUDGET_TOKEN: team.lead.token };
    const { out } = await runCommand(["audit"], env);
    assert.match(out, /Z {2}command line {2}token\.create {2}k_\S+ {2}person: p_/);
    assert.match(out, /Z {2}A lead {2}policy\.push {2}1 {2}note: , version: 1/);
  });
});
