import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { formatAmount, parseAmount } from "../../src/budget/money.ts";
import { createEndpoint } from "../../src/endpoint/endpoint.ts";
import { type AuditRecord, type Grant, GrantSchema, type Me } from "../../src/protocol/endpoint.ts";
import { EventReader } from "./support/eventReader.ts";
import { runCommand } from "./support/server.ts";
import { overBothStores } from "./support/stores.ts";
import { call, entryOf, figuresOf, type Member, NOON, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const POLICY = {
  allowances: [
    { id: "day", name: "Day", period: "day", limit: "10" },
    { id: "pool", name: "Pool", per: "team", limit: "400" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};

describe("the webhook's address", () => {
  it("is refused where it would carry what people ask for unprotected, and is in no message", async () => {
    const { code, err } = await runCommand(["serve"], { TOKEN_BUDGET_WEBHOOK: "http://chat.example.com/secret" });
    assert.deepEqual([code, err.trim()], [1, "TOKEN_BUDGET_WEBHOOK must be an https address."]);
  });
});

overBothStores("asking for more", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store, POLICY);
  });
  afterEach(() => team.close());

  const keyOf = async (member: Member, rule: string) =>
    (await call<Me>(team.url, member.token, "GET", "/v1/me")).body.allowances.find(({ id }) => id === rule)!.key;
  const ask = async (member: Member, more: object = {}, headers: Record<string, string> = {}) => {
    const body = { allowance: await keyOf(member, "day"), amount: "5", reason: "the release", ...more };
    return call<Grant>(team.url, member.token, "POST", "/v1/grants", body, headers);
  };
  const decide = (member: Member, { id }: Pick<Grant, "id">, decision: string) =>
    call<Grant>(team.url, member.token, "POST", `/v1/grants/${id}/${decision}`);
  const granted = async (member = team.dev, more: object = {}) => {
    const { body } = await ask(member, more);
    const approved = await decide(team.lead, body, "approve");
    assert.equal(approved.status, 200);
    return GrantSchema.parse(approved.body);
  };
  const listed = async (member: Member) => (await call<Grant[]>(team.url, member.token, "GET", "/v1/grants")).body;
  const isRight = async () => assert.deepEqual((await team.admin.verify()).differences, []);
  const later = (ms: number) => new Date(NOON + ms).toISOString();

  it("raises nothing until a lead approves; then the limit counts at once, in `me` and for a need", async () => {
    const machine = await startMachine(team.url, team.dev);
    const { status, body } = await ask(team.dev);
    assert.deepEqual([status, body.state, body.until], [201, "requested", "2026-11-24T23:00:00.000Z"]);
    const need = { needs: [{ id: "n", amount: "12" }] };
    const before = await machine.sync({ seq: 1, ...need });
    assert.deepEqual([before.body.granted, before.body.refused[0]?.remaining], ["0", "10"]);
    const approved = await decide(team.lead, body, "approve");
    assert.deepEqual([approved.body.state, approved.body.decidedBy], ["approved", "A lead"]);
    assert.equal((await figuresOf(team.url, team.dev, "day")).limit, "15");
    const after = await machine.sync({ seq: 2, ...need });
    assert.ok(parseAmount(after.body.granted) >= parseAmount("12"));
    const day = after.body.allowances.find(({ id }) => id === "day");
    assert.deepEqual([day?.limit, day?.grants], ["15", [{ amount: "5", until: "2026-11-24T23:00:00.000Z" }]]);
    await isRight();
  });

  it("raises it for the person who asked alone, and for nobody's pool", async () => {
    const other = await team.join();
    await granted();
    assert.equal((await figuresOf(team.url, other, "day")).limit, "10");
    assert.equal((await figuresOf(team.url, team.dev, "pool")).limit, "400");
  });

  it("never admits more than limit and grants together, however many machines ask while grants come", async () => {
    const machines = await Promise.all(Array.from({ length: 5 }, () => startMachine(team.url, team.dev)));
    const asked = await Promise.all(Array.from({ length: 3 }, () => ask(team.dev, { amount: "2" })));
    const all = [
      ...machines.flatMap((machine) =>
        [1, 2, 3].map((seq) => machine.sync({ seq, needs: [{ id: String(seq), amount: "4" }], want: "1" })),
      ),
      ...asked.map(({ body }) => decide(team.lead, body, "approve")),
    ];
    await Promise.all(all);
    const last = await Promise.all(machines.map((machine) => machine.sync({ seq: 4, needs: [{ id: "4", amount: "1" }] })));
    const sum = last.reduce((total, { body }) => total + parseAmount(body.granted), 0n);
    assert.ok(sum <= parseAmount("16"), `${formatAmount(sum)} of 16`);
    assert.ok(sum > parseAmount("10"), "and more than the limit alone");
    const { held, spend, limit } = await figuresOf(team.url, team.dev, "day");
    assert.ok(parseAmount(held) + parseAmount(spend) <= parseAmount(limit));
    await isRight();
  });

  it("ends by itself: no machine may spend beyond its instant, and the limit is the policy's again", async () => {
    const machine = await startMachine(team.url, team.dev);
    const grant = await granted(team.dev, { until: later(60_000) });
    const before = await machine.sync({ seq: 1, needs: [{ id: "n", amount: "14" }] });
    assert.ok(before.body.ttl <= 60 && before.body.ttl > 0, `${before.body.ttl} s to live`);
    assert.equal(before.body.close, undefined);
    team.clock.now = NOON + 60_000;
    assert.equal((await figuresOf(team.url, team.dev, "day")).limit, "10");
    const { body } = await machine.sync({ seq: 2, granted: before.body.granted, open: "14", needs: [{ id: "m", amount: "1" }] });
    assert.deepEqual([body.granted, body.refused.length, body.cap], [before.body.granted, 1, "0"]);
    assert.equal((await listed(team.dev)).find(({ id }) => id === grant.id)?.state, "expired");
    assert.equal((await decide(team.lead, grant, "approve")).status, 409);
    await isRight();
  });

  it("is no debt of the next period where it was spent; what went beyond it is", async () => {
    await granted(team.dev, { until: later(HOUR) });
    const machine = await startMachine(team.url, team.dev);
    const entry = (input: number, held: string) => entryOf({ input, held: { usd: held, tokens: "0" }, allowances: machine.keys });
    const { body } = await machine.sync({ seq: 1, needs: [{ id: "n", amount: "14" }] });
    team.clock.now = NOON + 2 * HOUR;
    const spent = { seq: 2, granted: body.granted, spent: "16", entries: [entry(16_000_000, "14")] };
    assert.equal((await machine.sync(spent)).status, 200);
    team.clock.now = NOON + DAY;
    assert.equal((await figuresOf(team.url, team.dev, "day")).spend, "1");
    await isRight();
  });

  it("stays on top of what a push makes of the limit, whose money is called home only beyond both", async () => {
    const machine = await startMachine(team.url, team.dev);
    await granted();
    await machine.sync({ seq: 1, needs: [{ id: "n", amount: "9" }] });
    const events = await EventReader.open(team.url, team.dev.token);
    await events.next("policy");
    const push = async (limit: string) => {
      const policy = { ...POLICY, allowances: [{ ...POLICY.allowances[0], limit }, POLICY.allowances[1]] };
      assert.equal((await call(team.url, team.lead.token, "PUT", "/v1/policy", { policy }, { "if-match": "*" })).status, 200);
    };
    await push("4");
    assert.equal((await events.next("advance", "policy")).name, "policy");
    assert.equal((await figuresOf(team.url, team.dev, "day")).limit, "9");
    await push("3");
    const { data } = await events.next("advance"); // before or after the policy itself
    assert.deepEqual(data, { id: machine.advance, cap: "0" });
    events.close();
    await isRight();
  });

  it("is approved by the policy itself up to what it says, at once and in a period", async () => {
    await team.pushPolicy({ ...POLICY, grants: { autoApproveUpTo: { each: "5", period: "8" } } });
    const states = [];
    for (const amount of ["5", "6", "3", "0.01"]) states.push((await ask(team.dev, { amount })).body.state);
    assert.deepEqual(states, ["approved", "requested", "approved", "requested"]);
    assert.equal((await figuresOf(team.url, team.dev, "day")).limit, "18");
  });

  it("is decided once, by a lead, or taken back by who asked; nobody else knows of it", async () => {
    const other = await team.join();
    const stranger = await startTeam(under.store);
    const { body: grant } = await ask(team.dev);
    const status = async (member: Member, decision: string) => (await decide(member, grant, decision)).status;
    assert.deepEqual([await listed(other), (await listed(team.dev)).length, (await listed(team.lead)).length], [[], 1, 1]);
    assert.deepEqual(
      [await status(team.dev, "approve"), await status(other, "approve"), await status(other, "cancel")],
      [403, 404, 404],
    );
    assert.deepEqual([await status(stranger.lead, "approve"), await status(team.lead, "cancel")], [404, 403]);
    assert.deepEqual([await status(team.lead, "deny"), await status(team.lead, "deny")], [200, 200]);
    assert.deepEqual([await status(team.lead, "approve"), await status(team.dev, "cancel")], [409, 409]);
    const { body: second } = await ask(team.dev);
    assert.equal((await decide(team.dev, second, "cancel")).body.state, "cancelled");
    assert.equal((await decide(team.lead, second, "approve")).status, 409);
    assert.equal((await figuresOf(team.url, team.dev, "day")).limit, "10");
    await stranger.close();
  });

  it("of two leads who decide differently at once one is told that it was decided", async () => {
    const { body } = await ask(team.dev);
    const answers = await Promise.all(
      ["approve", "deny", "approve", "deny"].map((decision) => decide(team.lead, body, decision)),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 409, 409]);
  });

  it("is asked once however often the message comes", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const first = await ask(team.dev, {}, headers);
    assert.deepEqual((await ask(team.dev, {}, headers)).body, first.body);
    assert.equal((await listed(team.dev)).length, 1);
    assert.equal((await ask(team.dev, { amount: "6" }, headers)).status, 422);
  });

  it("names what cannot be asked for, and bounds how much may wait", async () => {
    const pointer = async (more: object) => {
      const { status, body } = await ask(team.dev, more);
      return [status, (body as unknown as { faults: { pointer: string }[] }).faults.map((fault) => fault.pointer).join()];
    };
    for (const amount of ["0", "-1", "a lot", "9".repeat(29)]) assert.deepEqual(await pointer({ amount }), [422, "/amount"]);
    assert.deepEqual(await pointer({ reason: "" }), [422, "/reason"]);
    assert.deepEqual(await pointer({ allowance: "day|p_x|2026-11-24" }), [422, "/allowance"]);
    assert.deepEqual(await pointer({ allowance: await keyOf(team.dev, "pool") }), [422, "/allowance"]);
    assert.deepEqual(await pointer({ until: later(-1) }), [422, "/until"]);
    for (let i = 0; i < 10; i++) assert.equal((await ask(team.dev)).status, 201);
    assert.equal((await ask(team.dev)).status, 429);
  });

  it("tells who asked and the leads as it happens; others see a number skipped, and miss nothing of theirs", async () => {
    const other = await team.join();
    const [dev, lead, none] = await Promise.all(
      [team.dev, team.lead, other].map((member) => EventReader.open(team.url, member.token)),
    );
    for (const reader of [dev, lead, none]) await reader!.next("policy");
    const { body: grant } = await ask(team.dev);
    for (const reader of [dev, lead]) assert.equal((await reader!.next("grant")).data.state, "requested");
    await decide(team.lead, grant, "approve");
    for (const reader of [dev, lead]) assert.equal((await reader!.next("grant")).data.state, "approved");
    for (let limit = ""; limit !== "15"; ) {
      const { data } = await dev!.next("allowance"); // those of before may be on their way
      limit = data.allowances.find(({ id }: { id: string }) => id === "day").limit;
    }
    await team.pushPolicy(POLICY);
    assert.equal((await none!.next("grant", "policy", "reset")).name, "policy");
    const again = await EventReader.open(team.url, other.token, String(Number(none!.lastId) - 3));
    assert.equal((await again.next("grant", "policy", "reset")).name, "policy");
    for (const reader of [dev, lead, none, again]) reader!.close();
  });

  it("is taken without asking as far as the policy lets people, with a reason that is recorded and told", async () => {
    const take = (amount: string) => ask(team.dev, { amount, breakGlass: true, reason: "production is down" });
    assert.equal((await take("1")).status, 422);
    await team.pushPolicy({ ...POLICY, grants: { breakGlass: { period: "8" }, autoApproveUpTo: { each: "5", period: "5" } } });
    const lead = await EventReader.open(team.url, team.lead.token);
    const [taken, more, rest] = [await take("6"), await take("3"), await take("2")];
    assert.deepEqual([taken.body.state, taken.body.breakGlass, taken.body.decidedBy], ["approved", true, undefined]);
    assert.deepEqual(
      [more.status, (more.body as unknown as { detail: string }).detail],
      [422, "You may take $2.00 more by yourself in this period. Ask a lead for it."],
    );
    assert.equal(rest.status, 201);
    assert.equal((await lead.next("grant")).data.reason, "production is down");
    lead.close();
    assert.equal((await figuresOf(team.url, team.dev, "day")).limit, "18");
    assert.equal((await ask(team.dev)).body.state, "approved", "what was taken is none of what the policy approves");
    const audit = await call<AuditRecord[]>(team.url, team.lead.token, "GET", "/v1/audit");
    const glass = audit.body.filter(({ action }) => action === "grant.breakGlass");
    assert.deepEqual([glass.length, glass[1]?.actor, glass[1]?.details.reason], [2, "A developer", "production is down"]);
    await isRight();
  });

  it("is audited: who asked, who decided, and that nobody can write it anew", async () => {
    await granted();
    await team.pushPolicy({ ...POLICY, grants: { autoApproveUpTo: { each: "5", period: "8" } } });
    await ask(team.dev);
    const audit = await call<AuditRecord[]>(team.url, team.lead.token, "GET", "/v1/audit");
    assert.deepEqual(
      audit.body.flatMap(({ action, actor }) => (action.startsWith("grant.") ? [[action, actor]] : [])),
      [
        ["grant.approve", undefined],
        ["grant.ask", "A developer"],
        ["grant.approve", "A lead"],
        ["grant.ask", "A developer"],
      ],
    );
    assert.equal(audit.body[0]?.details.amount, "5");
    assert.equal((await call(team.url, team.dev.token, "GET", "/v1/audit")).status, 403);
    await assert.rejects(under.store.query("delete from audit"), /append-only/);
  });

  it("goes to the webhook as a text without mentions; a dead one costs nobody anything", async () => {
    const posted = Promise.withResolvers<{ text: string }>();
    const chat = createServer(async (request, response) => {
      posted.resolve(JSON.parse(await text(request)));
      response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => chat.listen(0, "127.0.0.1", resolve));
    const log: string[] = [];
    const heard = Promise.withResolvers<void>();
    const endpoint = await createEndpoint({
      store: under.store,
      clock: () => NOON,
      log: (line) => {
        log.push(line);
        heard.resolve();
      },
      webhook: `http://127.0.0.1:${(chat.address() as AddressInfo).port}/secret`,
    });
    const url = await endpoint.listen();
    const body = { allowance: await keyOf(team.dev, "day"), amount: "5", reason: "<!channel> & now" };
    assert.equal((await call(url, team.dev.token, "POST", "/v1/grants", body)).status, 201);
    const said = (await posted.promise).text;
    assert.match(
      said,
      /A developer \(Team .*\) asks for \$5\.00 more of Day until 2026-11-24 23:00 UTC: “&lt;!channel&gt; &amp; now”/,
    );
    await heard.promise;
    assert.deepEqual(log, ["webhook: answered 500"]);
    await new Promise((resolve) => chat.close(resolve));
    assert.equal((await call(url, team.dev.token, "POST", "/v1/grants", body)).status, 201);
    await endpoint.close();
  });
});
