import assert from "node:assert/strict";
import { MeSchema, PolicyVersionSchema, PriceListSchema, ProblemSchema } from "../../src/protocol/endpoint.ts";
import { overBothStores } from "./support/stores.ts";
import { call, entryOf, startMachine, startTeam, syncOf, type TestTeam } from "./support/team.ts";

overBothStores("the endpoint's routes", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store);
  });
  afterEach(() => team.close());

  it("knows nobody without a token, with a wrong one, and with another scheme", async () => {
    for (const token of [undefined, "tb_nobody", `tb_${"x".repeat(43)}`, `${team.dev.token}x`]) {
      const { status, headers, body } = await call(team.url, token, "GET", "/v1/me");
      assert.equal(status, 401);
      assert.match(headers.get("www-authenticate") ?? "", /^Bearer/);
      assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.equal(ProblemSchema.parse(body).status, 401);
    }
    const basic = await call(team.url, undefined, "GET", "/v1/me", undefined, { authorization: `Basic ${team.dev.token}` });
    assert.equal(basic.status, 401);
  });

  it("stores no token, and forgets a revoked one", async () => {
    const rows = await under.store.query<{ hash: string }>("select * from token");
    assert.ok(rows.every((row) => !/tb_[\w-]{20}/.test(JSON.stringify(row)))); // "tb_" alone may be in a random id
    assert.equal(await team.admin.revokeTokens(team.dev.email!), 1);
    const { status, body } = await call(team.url, team.dev.token, "GET", "/v1/me");
    assert.equal(status, 401);
    assert.match(ProblemSchema.parse(body).detail ?? "", /revoked/);
  });

  it("tells who I am, with allowances of now", async () => {
    const { status, body } = await call(team.url, team.dev.token, "GET", "/v1/me");
    assert.equal(status, 200);
    const me = MeSchema.parse(body);
    assert.equal(me.person.id, team.dev.id);
    assert.equal(me.policyVersion, 1);
    assert.deepEqual(
      me.allowances.map(({ key, limit, spend, held }) => [key, limit, spend, held]),
      [
        [`month|${team.dev.id}|2026-11`, "60", "0", "0"],
        [`pool|${team.id}|2026-11`, "400", "0", "0"],
      ],
    );
  });

  it("gives prices and policy under tags, and 304 to who has them", async () => {
    for (const [path, schema] of [
      ["/v1/prices", PriceListSchema],
      ["/v1/policy", PolicyVersionSchema],
    ] as const) {
      const first = await call(team.url, team.dev.token, "GET", path);
      schema.parse(first.body);
      const etag = first.headers.get("etag")!;
      const again = await call(team.url, team.dev.token, "GET", path, undefined, { "if-none-match": etag });
      assert.deepEqual([again.status, again.body], [304, undefined]);
      const other = await call(team.url, team.dev.token, "GET", path, undefined, { "if-none-match": '"other"' });
      assert.equal(other.status, 200);
    }
    await team.pushPolicy({ allowances: [], prices: [{ model: "test/one", input: "2", output: "10" }] });
    const prices = await call(team.url, team.dev.token, "GET", "/v1/prices");
    assert.equal(PriceListSchema.parse(prices.body).models.find(({ provider }) => provider === "test")?.rates.input, "2000000");
  });

  it("answers every fault with a problem document", async () => {
    const { token } = team.dev;
    const statuses = [
      await call(team.url, token, "GET", "/v1/nothing"),
      await call(team.url, token, "POST", "/v1/advances", "{"),
      await call(team.url, token, "POST", "/v1/advances", "x", { "content-type": "text/plain" }),
      await call(team.url, token, "POST", "/v1/advances", { machine: "m", unit: "euros", allowances: [] }),
      await call(team.url, token, "POST", "/v1/advances/a_no/sync", { note: "x".repeat(2_000_000) }),
    ].map(({ status, body }) => [status, ProblemSchema.parse(body).status]);
    assert.deepEqual(
      statuses,
      [404, 400, 415, 422, 413].map((status) => [status, status]),
    );
  });

  it("names what no database keeps: NUL, halves of characters, and what is nested without end", async () => {
    const { url, dev, lead } = team;
    const faults = async (token: string, method: string, path: string, body?: unknown) => {
      const answer = await call(url, token, method, path, body, { "if-match": "*" });
      return [
        answer.status,
        ProblemSchema.parse(answer.body)
          .faults?.map(({ pointer }) => pointer)
          .join(),
      ];
    };
    const { advance, keys, sync } = await startMachine(url, dev);
    for (const text of ["a\0", "\ud800b", "\udc00"]) {
      const entries = [entryOf({ allowances: keys }), entryOf({ model: text })];
      const path = `/v1/advances/${advance}/sync`;
      assert.deepEqual(await faults(dev.token, "POST", path, syncOf({ entries })), [422, "/entries/1/model"]);
      const ask = { allowance: keys[0], amount: "1", reason: text };
      assert.deepEqual(await faults(dev.token, "POST", "/v1/grants", ask), [422, "/reason"]);
      const allowances = [{ id: "month", name: text, limit: "60" }];
      assert.deepEqual(await faults(lead.token, "PUT", "/v1/policy", { policy: { allowances } }), [
        422,
        "/policy/allowances/0/name",
      ]);
    }
    assert.deepEqual(await faults(dev.token, "POST", "/v1/grants/a%00/cancel"), [422, "/id"]);
    const [status] = await faults(dev.token, "POST", "/v1/grants", `${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    assert.equal(status, 422);
    assert.equal((await sync({ entries: [entryOf({ model: "\u{1F600}" })] })).status, 200, "whole characters are kept");
  });

  it("is up, ready, and describes itself", async () => {
    assert.equal((await call(team.url, undefined, "GET", "/healthz")).status, 200);
    assert.equal((await call(team.url, undefined, "GET", "/readyz")).status, 200);
    const { body } = await call<{ openapi: string; paths: Record<string, unknown> }>(team.url, undefined, "GET", "/openapi.json");
    assert.equal(body.openapi, "3.1.0");
    assert.ok("/v1/advances/{id}/sync" in body.paths);
  });
});
