import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { overBothStores } from "./support/stores.ts";
import { entryOf, figuresOf, NOON, startMachine, startTeam, type TestMachine, type TestTeam } from "./support/team.ts";

const POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "60" },
    { id: "tokens", name: "Tokens", unit: "tokens", limit: "9000000" },
    { id: "pool", name: "Pool", per: "team", limit: "400" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};

overBothStores("entries", (under) => {
  let team: TestTeam;
  let machine: TestMachine;
  beforeEach(async () => {
    team = await startTeam(under.store, POLICY);
    machine = await startMachine(team.url, team.dev);
    await machine.sync({ needs: [{ id: "a", amount: "20" }] });
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    await team.close();
    assert.deepEqual(differences, []);
  });

  const spend = async (rule = "month") => (await figuresOf(team.url, team.dev, rule)).spend;
  const kinds = async () => {
    const rows = await under.store.query<{ kind: string }>("select kind from entry where team = $1 order by kind", [team.id]);
    return rows.map(({ kind }) => kind);
  };

  it("count once, however often they come", async () => {
    const entries = [entryOf({ input: 1_000_000, allowances: machine.keys, providerRequestId: randomUUID() })];
    for (const seq of [2, 3, 3]) {
      const { body } = await machine.sync({ seq, granted: "20", spent: "1", entries: [...entries, ...entries] });
      assert.deepEqual(body.entries, [entries[0]!.id]);
    }
    assert.deepEqual([await spend(), await kinds()], ["1", ["settle"]]);
  });

  it("count once when two ways in report the same request: the second charge is taken back", async () => {
    const providerRequestId = randomUUID();
    const [gate, chat] = [1, 2].map(() => entryOf({ input: 1_000_000, allowances: machine.keys, providerRequestId }));
    await machine.sync({ seq: 2, granted: "20", spent: "1", entries: [gate!] });
    for (const seq of [3, 3, 4]) {
      const { body } = await machine.sync({ seq, granted: "20", spent: "2", entries: [chat!] });
      assert.deepEqual(body.entries, [chat!.id]);
    }
    assert.deepEqual([await spend(), await spend("pool"), await kinds()], ["1", "1", ["duplicate", "settle"]]);
  });

  it("are not the same request at another provider, or without a request id", async () => {
    const providerRequestId = randomUUID();
    const entries = [
      entryOf({ input: 1_000_000, providerRequestId }),
      entryOf({ input: 1_000_000, providerRequestId, provider: "elsewhere" }),
      entryOf({ input: 1_000_000 }),
      entryOf({ input: 1_000_000 }),
    ].map((entry) => ({ ...entry, allowances: machine.keys }));
    await machine.sync({ seq: 2, granted: "20", spent: "4", entries });
    assert.deepEqual(
      (await kinds()).filter((kind) => kind === "duplicate"),
      [],
    );
  });

  it("are not the same request when two people have them", async () => {
    const providerRequestId = randomUUID();
    const other = await startMachine(team.url, team.lead);
    await other.sync({ needs: [{ id: "n", amount: "1" }] });
    for (const [of, granted] of [
      [machine, "20"],
      [other, "1"],
      [machine, "20"],
    ] as const) {
      const entries = [entryOf({ input: 1_000_000, allowances: of.keys, providerRequestId })];
      await of.sync({ seq: 2, granted, spent: "1", entries });
    }
    // The last one repeats the first, and is taken back: its machine has not said yet that it charged it.
    assert.deepEqual([await spend("pool"), await kinds()], ["1", ["duplicate", "settle", "settle"]]);
    await machine.sync({ seq: 3, granted: "20", spent: "2" });
    assert.equal(await spend("pool"), "2");
  });

  it("are not the same request for an id that servers give to many (Ollama's are chatcmpl- and a number below 999)", async () => {
    for (const [i, providerRequestId] of ["chatcmpl-86", "chatcmpl-A1", "x".repeat(100_000)].entries()) {
      const entries = [1, 2].map(() => entryOf({ input: 1_000_000, allowances: machine.keys, providerRequestId }));
      const spent = String(2 * (i + 1));
      assert.equal((await machine.sync({ seq: 2 + i, granted: "20", spent, entries })).status, 200);
      assert.deepEqual([await spend(), await spend("pool")], [spent, spent]);
    }
  });

  it("cost what the endpoint says, whatever the machine says", async () => {
    const low = entryOf({ input: 1_000_000, cost: "0.25", allowances: machine.keys });
    await machine.sync({ seq: 2, granted: "20", spent: "0.25", entries: [low] });
    assert.deepEqual([await spend(), await spend("pool"), await kinds()], ["1", "1", ["adjustment", "settle"]]);
    const high = entryOf({ input: 1_000_000, cost: "3", allowances: machine.keys });
    await machine.sync({ seq: 3, granted: "20", spent: "3.25", entries: [low, high] });
    assert.equal(await spend(), "2");
  });

  it("are charged in full where nobody saw their end", async () => {
    const entry = entryOf({ input: 1_000_000, cost: "5", usageSource: "uncertain", allowances: machine.keys });
    await machine.sync({ seq: 2, granted: "20", spent: "5", entries: [entry] });
    assert.deepEqual([await spend(), await kinds()], ["5", ["settle"]]);
  });

  it("of a model without a price cost what the dearest does, never nothing", async () => {
    const entry = entryOf({ model: "nobody-knows", input: 1_000_000, cost: "0", allowances: machine.keys });
    await machine.sync({ seq: 2, granted: "20", entries: [entry] });
    assert.ok(Number(await spend()) > 1);
  });

  it("adjust only allowances of their person", async () => {
    const other = await team.join();
    const foreign = `month|${other.id}|2026-11`;
    await figuresOf(team.url, other, "month");
    const entry = entryOf({ input: 1_000_000, cost: "0", allowances: [foreign] });
    await machine.sync({ seq: 2, granted: "20", entries: [entry] });
    assert.equal((await figuresOf(team.url, other, "month")).spend, "0");
  });

  it("count tokens through the tokens' own advance; a double charge is taken back there too, though its entry came through another", async () => {
    const tokens = await startMachine(team.url, team.dev, "tokens");
    await tokens.sync({ needs: [{ id: "t", amount: "5000000" }] });
    const providerRequestId = randomUUID();
    const allowances = [...machine.keys, ...tokens.keys];
    const entries = [1, 2].map(() => entryOf({ input: 1_000_000, allowances, providerRequestId }));
    await machine.sync({ seq: 2, granted: "20", spent: "2", entries });
    assert.deepEqual([await spend(), await spend("tokens")], ["1", "0"]);
    for (const seq of [2, 3]) await tokens.sync({ seq, granted: "5000000", spent: "2000000" });
    assert.deepEqual([await spend(), await spend("tokens")], ["1", "1000000"]);
  });

  it("of the past are imported once, into the allowances of the periods that they belong to", async () => {
    const at = (time: number) => new Date(time).toISOString();
    const entries = [
      entryOf({ input: 4_000_000, at: at(NOON - 86_400_000) }),
      entryOf({ input: 1_000_000, at: at(NOON - 40 * 86_400_000) }),
    ];
    assert.equal(await team.admin.importEntries(team.dev.id, entries), 2);
    assert.equal(await team.admin.importEntries(team.dev.id, entries), 0);
    assert.deepEqual([await spend(), await spend("tokens"), await spend("pool")], ["4", "4000000", "4"]);
  });

  it("count in a rule that is newer than they are", async () => {
    await machine.sync({ seq: 2, granted: "20", spent: "2", entries: [entryOf({ input: 2_000_000, allowances: machine.keys })] });
    await team.pushPolicy({
      ...POLICY,
      allowances: [
        { id: "week", name: "Week", period: "week", limit: "9" },
        { id: "other", name: "Other models", limit: "9", models: ["gpt-*"] },
      ],
    });
    assert.deepEqual([await spend("week"), await spend("other")], ["2", "0"]);
  });

  it("count in a rule that was gone for a while, as in a new one", async () => {
    const prices = [{ model: "test/one", input: "1", output: "10" }];
    const use = async () => {
      const machine = await startMachine(team.url, team.dev);
      await machine.sync({ needs: [{ id: "n", amount: "3" }] });
      const entries = [entryOf({ input: 3_000_000, allowances: machine.keys })];
      await machine.sync({ seq: 2, granted: "3", spent: "3", entries });
    };
    const rule = (id: string, more: object = {}) => ({ id, name: id, limit: "60", ...more });
    const pool = rule("pool", { per: "team" });
    await use();
    await team.pushPolicy({ allowances: [pool], prices });
    await use();
    await team.pushPolicy({ allowances: [rule("month"), pool, rule("new")], prices });
    assert.deepEqual([await spend("new"), await spend("month"), await spend("pool")], ["6", "6", "6"]);
    await team.admin.setRole(team.dev.id, "lead");
    await use();
    await team.pushPolicy({ allowances: [rule("month", { limit: "50" }), pool], prices });
    assert.deepEqual([await spend("month"), await spend("pool")], ["9", "9"], "once");
  });

  it("say what work they were for as far as their machines say it, and count in the allowances of their projects", async () => {
    const entries = [
      entryOf({ input: 2_000_000, project: "fernway/ferry", branch: "ABC-7-lights", issue: "ABC-7", purpose: "incident" }),
      entryOf({ input: 1_000_000 }),
    ];
    await machine.sync({
      seq: 2,
      granted: "20",
      spent: "3",
      entries: entries.map((one) => ({ ...one, allowances: machine.keys })),
    });
    const rows = await under.store.query(
      "select project, branch, issue, purpose from entry where team = $1 and kind = 'settle' order by cost",
      [team.id],
    );
    assert.deepEqual(rows, [
      { project: null, branch: null, issue: null, purpose: null },
      { project: "fernway/ferry", branch: "ABC-7-lights", issue: "ABC-7", purpose: "incident" },
    ]);
    await team.pushPolicy({
      ...POLICY,
      allowances: [
        { id: "ferry", name: "Ferry", limit: "9", projects: ["fernway/*"] },
        { id: "blog", name: "Blog", limit: "9", projects: ["blog"] },
      ],
    });
    assert.deepEqual([await spend("ferry"), await spend("blog")], ["2", "0"]);
    const late = entryOf({ input: 1_000_000, at: new Date(NOON - 1000).toISOString(), project: "blog" });
    await team.admin.importEntries(team.dev.id, [late]);
    assert.deepEqual([await spend("ferry"), await spend("blog")], ["2", "1"]);
  });

  it("can be neither changed nor deleted", async () => {
    await machine.sync({ seq: 2, granted: "20", spent: "1", entries: [entryOf({ input: 1_000_000, allowances: machine.keys })] });
    for (const statement of [
      "update entry set cost = 0",
      "delete from entry",
      "delete from entry_allowance",
      "truncate entry cascade",
    ])
      await assert.rejects(under.store.query(statement), /append-only/);
    assert.equal(await spend(), "1");
  });

  it("show a balance that somebody changed by hand", async () => {
    await under.store.query("update allowance set spend = spend + 5 where key = $1", [machine.keys[0]]);
    const { differences } = await team.admin.verify();
    assert.deepEqual(differences, [{ key: machine.keys[0], figure: "spend", book: "0.000000005", rebuilt: "0" }]);
    await under.store.query("update allowance set spend = spend - 5 where key = $1", [machine.keys[0]]);
  });
});
