import assert from "node:assert/strict";
import fc from "fast-check";
import { type Sync, SyncReplySchema } from "../../src/protocol/endpoint.ts";
import { overBothStores } from "./support/stores.ts";
import { call, entryOf, figuresOf, NOON, startMachine, startTeam, syncOf, type TestTeam } from "./support/team.ts";

overBothStores("advances and sync", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store);
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    await team.close();
    assert.deepEqual(differences, []);
  });

  it("grants what is needed and some of what is wanted, and counts it as held", async () => {
    const machine = await startMachine(team.url, team.dev);
    const { body } = await machine.sync({ needs: [{ id: "a", amount: "2" }], want: "3" });
    const reply = SyncReplySchema.parse(body);
    assert.deepEqual([reply.granted, reply.seq, reply.refused, reply.close], ["5", 1, [], undefined]);
    assert.equal(reply.ttl, 600);
    assert.deepEqual(await figuresOf(team.url, team.dev, "month"), { spend: "0", held: "5", limit: "60" });
    assert.deepEqual(await figuresOf(team.url, team.lead, "pool"), { spend: "0", held: "5", limit: "400" });
  });

  it("refuses by name what does not fit, and goes on with what does", async () => {
    const machine = await startMachine(team.url, team.dev);
    const needs = [
      { id: "a", amount: "50" },
      { id: "b", amount: "11" },
      { id: "c", amount: "10" },
    ];
    const { body } = await machine.sync({ needs, want: "5" });
    assert.equal(body.granted, "60");
    const resetsAt = "2026-11-30T23:00:00.000Z";
    assert.deepEqual(body.refused, [{ id: "b", allowance: `month|${team.dev.id}|2026-11`, remaining: "10", resetsAt }]);
  });

  it("grants nothing twice for a repeated message", async () => {
    const machine = await startMachine(team.url, team.dev);
    const message = { needs: [{ id: "a", amount: "2" }], want: "3" };
    const [first, second] = [await machine.sync(message), await machine.sync(message)];
    // Only how much each machine may keep is counted anew, from what they hold by now.
    assert.deepEqual({ ...second.body, cap: first.body.cap }, first.body);
  });

  it("takes what comes home, and what was spent above its hold", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ needs: [{ id: "a", amount: "5" }] });
    await machine.sync({ seq: 2, granted: "5", spent: "1", returned: "3" });
    assert.deepEqual(await figuresOf(team.url, team.dev, "month"), { spend: "1", held: "1", limit: "60" });
    await machine.sync({ seq: 3, granted: "5", spent: "70", returned: "3" });
    assert.deepEqual(await figuresOf(team.url, team.dev, "month"), { spend: "70", held: "0", limit: "60" });
  });

  it("comes to the same whatever is lost, repeated or out of order", async () => {
    // Three requests of $2 that cost $1: each message says all that is so far, so its last one says it all.
    const entries = [1, 2, 3].map(() => entryOf({ input: 1_000_000 }));
    const script: Partial<Sync>[] = [
      { seq: 1, needs: [{ id: "a", amount: "2" }] },
      { seq: 2, granted: "2", spent: "1", open: "1", entries: entries.slice(0, 1), needs: [{ id: "b", amount: "2" }] },
      { seq: 3, granted: "4", spent: "2", open: "2", entries: entries.slice(0, 2), needs: [{ id: "c", amount: "2" }] },
      { seq: 4, granted: "6", spent: "3", returned: "1", entries },
    ];
    const last = script.length - 1;
    const order = fc.array(fc.nat(last), { maxLength: 8 }).map((sent) => [...sent, last]);
    const shuffled = order.chain((sent) => fc.shuffledSubarray(sent, { minLength: sent.length }));
    await fc.assert(
      fc.asyncProperty(shuffled, async (sent) => {
        const member = await team.join();
        const machine = await startMachine(team.url, member);
        const fresh = new Map(entries.map(({ id }) => [id, crypto.randomUUID()]));
        for (const index of sent) {
          const message = script[index]!;
          const mine = message.entries?.map((entry) => ({ ...entry, id: fresh.get(entry.id)!, allowances: machine.keys }));
          const { status } = await machine.sync({ ...message, ...(mine && { entries: mine }) });
          assert.equal(status, 200);
        }
        assert.deepEqual(await figuresOf(team.url, member, "month"), { spend: "3", held: "2", limit: "60" });
        const [count] = await under.store.query<{ n: number }>("select count(*) as n from entry where person = $1", [member.id]);
        assert.equal(count?.n, 3);
      }),
      { numRuns: 25 },
    );
  });

  it("answers a late message without granting", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ seq: 5, needs: [{ id: "a", amount: "1" }] });
    const { body } = await machine.sync({ seq: 4, needs: [{ id: "b", amount: "30" }], want: "9" });
    assert.deepEqual([body.granted, body.seq, body.refused], ["1", 5, []]);
  });

  it("adopts what the machine has seen granted, and says so to the operator", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ granted: "100", spent: "1" });
    assert.deepEqual(await figuresOf(team.url, team.dev, "month"), { spend: "1", held: "99", limit: "60" });
    assert.match(team.log.join(), /backup/);
  });

  it("applies a changed limit at once", async () => {
    const machine = await startMachine(team.url, team.dev);
    await team.pushPolicy({
      allowances: [
        { id: "month", name: "Month", limit: "3" },
        { id: "pool", name: "Pool", per: "team", limit: "400" },
      ],
    });
    const { body } = await machine.sync({ needs: [{ id: "a", amount: "4" }] });
    assert.deepEqual([body.refused[0]?.remaining, body.policy?.version], ["3", 2]);
    assert.equal((await machine.sync({ seq: 2, policyVersion: 2, needs: [{ id: "a", amount: "3" }] })).body.granted, "3");
  });

  it("ends an advance with its period; what comes late belongs to the old one", async () => {
    await team.pushPolicy({
      allowances: [{ id: "day", name: "Day", period: "day", limit: "10" }],
      prices: [{ model: "test/one", input: "1", output: "10" }],
    });
    team.clock.now = Date.parse("2026-11-24T22:59:00Z"); // a minute before midnight in Copenhagen
    const machine = await startMachine(team.url, team.dev);
    assert.equal((await machine.sync({ policyVersion: 2, needs: [{ id: "a", amount: "2" }] })).body.ttl, 60);
    team.clock.now += 60_000;
    const entry = entryOf({ input: 1_000_000, allowances: machine.keys });
    const { body } = await machine.sync({
      seq: 2,
      policyVersion: 2,
      granted: "2",
      spent: "1",
      returned: "1",
      needs: [{ id: "b", amount: "1" }],
      entries: [entry],
    });
    assert.deepEqual([body.close, body.ttl, body.granted, body.refused], [true, 0, "2", []]);
    assert.deepEqual(await figuresOf(team.url, team.dev, "day"), { spend: "0", held: "0", limit: "10" });
    const [old] = await under.store.query<{ spend: string }>("select spend from whole_allowance where key = $1", [
      machine.keys[0],
    ]);
    assert.equal(old?.spend, "1000000000");
  });

  it("closes an advance whose rules are not the team's any more", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ needs: [{ id: "a", amount: "2" }] });
    await team.pushPolicy({ allowances: [{ id: "week", name: "Week", period: "week", limit: "9" }] });
    const { body } = await machine.sync({ seq: 2, granted: "2", needs: [{ id: "b", amount: "1" }], want: "5" });
    assert.deepEqual([body.close, body.ttl, body.granted], [true, 0, "2"]);
  });

  it("lets a revoked token report, and nothing else", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ needs: [{ id: "a", amount: "5" }] });
    await team.admin.revokeTokens(team.dev.email!);
    const { status, body } = await machine.sync({ seq: 2, granted: "5", spent: "1", needs: [{ id: "b", amount: "9" }] });
    assert.deepEqual([status, body.close, body.ttl, body.granted], [200, true, 0, "5"]);
    const [row] = await under.store.query<{ spent: string }>("select spent from advance where id = $1", [machine.advance]);
    assert.equal(row?.spent, "1000000000");
  });

  it("takes no figures that nobody can have, which would leave no room for the others of the team", async () => {
    const [machine, other] = [await startMachine(team.url, team.dev), await startMachine(team.url, team.lead)];
    const pointers = async (message: Partial<Sync>) => {
      const { status, body } = await machine.sync(message);
      return [status, (body as { faults?: { pointer: string }[] }).faults?.map(({ pointer }) => pointer).join()];
    };
    const huge = "9".repeat(29);
    for (const name of ["granted", "spent", "returned", "open", "want"] as const)
      assert.deepEqual(await pointers({ [name]: huge }), [422, `/${name}`]);
    assert.deepEqual(await pointers({ spent: "-1" }), [422, "/spent"]);
    assert.deepEqual(await pointers({ needs: [{ id: "n", amount: huge }] }), [422, "/needs/0/amount"]);
    assert.deepEqual(await pointers({ policyVersion: 2 ** 40 }), [422, "/policyVersion"]);
    const entry = entryOf({ allowances: machine.keys });
    for (const [part, pointer] of [
      [{ cost: huge }, "cost"],
      [{ held: { usd: "0", tokens: huge } }, "held/tokens"],
      [{ at: "0000-01-01T00:00:00Z" }, "at"],
      [{ policyVersion: 2 ** 40 }, "policyVersion"],
      [{ usage: { ...entry.usage, output: Number.MAX_SAFE_INTEGER } }, "usage/output"],
    ] as const)
      assert.deepEqual(await pointers({ entries: [{ ...entry, ...part }] }), [422, `/entries/0/${pointer}`]);
    assert.deepEqual((await other.sync({ needs: [{ id: "n", amount: "1" }] })).body.granted, "1");
    assert.deepEqual(await figuresOf(team.url, team.lead, "pool"), { spend: "0", held: "1", limit: "400" });
  });

  it("is for its own person and machine", async () => {
    const { token } = team.dev;
    const keys = (await startMachine(team.url, team.dev)).keys;
    const { body } = await call<{ id: string }>(team.url, token, "POST", "/v1/advances", {
      machine: "m1",
      unit: "usd",
      allowances: keys,
    });
    const path = `/v1/advances/${body.id}/sync`;
    assert.equal((await call(team.url, team.lead.token, "POST", path, syncOf({}))).status, 404);
    assert.equal((await call(team.url, token, "POST", path, syncOf({ machine: "m2" }))).status, 409);
    assert.equal((await call(team.url, token, "POST", path, syncOf({ machine: "m1" }))).status, 200);
  });

  it("opens for allowances of now only, and never past one that counts every model", async () => {
    const [month, pool] = (await startMachine(team.url, team.dev)).keys;
    const open = (allowances: unknown) =>
      call<{ faults: { pointer: string }[] }>(team.url, team.dev.token, "POST", "/v1/advances", {
        machine: "m",
        unit: "usd",
        allowances,
      });
    const foreign = await open([month, pool, `month|${team.lead.id}|2026-11`]);
    assert.deepEqual([foreign.status, foreign.body.faults[0]?.pointer], [422, "/allowances/2"]);
    assert.equal((await open([month])).status, 422);
    team.clock.now = NOON + 14 * 86_400_000;
    assert.equal((await open([month, pool])).status, 422);
  });

  it("opens once per Idempotency-Key", async () => {
    const { keys } = await startMachine(team.url, team.dev);
    const body = { machine: "m", unit: "usd", allowances: keys };
    const open = (what: unknown) =>
      call<{ id: string }>(team.url, team.dev.token, "POST", "/v1/advances", what, { "idempotency-key": "k1" });
    const first = await open(body);
    assert.deepEqual([first.status, (await open(body)).body.id], [201, first.body.id]);
    assert.equal((await open({ ...body, machine: "other" })).status, 422);
    team.clock.now += 25 * 3_600_000;
    assert.notEqual((await open(body)).body.id, first.body.id);
  });
});
