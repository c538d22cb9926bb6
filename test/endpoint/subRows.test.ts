import assert from "node:assert/strict";
import { lockSubRows } from "../../src/endpoint/ledger/subRows.ts";
import type { Sql } from "../../src/endpoint/store/store.ts";
import { newPostgresStore, overBothStores } from "./support/stores.ts";
import { counted, splitAlways } from "./support/subRows.ts";
import { call, entryOf, figuresOf, NOON, startMachine, startTeam, type TestMachine, type TestTeam } from "./support/team.ts";

/** A sub-row of the pool has $10 at first. */
const POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "1000" },
    { id: "pool", name: "Pool", per: "team", limit: "160" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};
const pushed = (pool: string) => ({ ...POLICY, allowances: [POLICY.allowances[0], { ...POLICY.allowances[1], limit: pool }] });
const need = (amount: string) => ({ needs: [{ id: "n", amount }] });

const splitOf = async (sql: Sql, key: string) =>
  (await sql.query<{ split: boolean }>("select split from allowance where key = $1", [key]))[0]!.split;

/** How much more sub-rows may hand out than is left of their pool; not positive while the promise is kept. */
const promisedTooMuch = async (sql: Sql, key: string) => {
  const [row] = await sql.query<{ excess: string }>(
    `select (select sum(share - spend - held) from allowance_sub_row where key = $1) - ("limit" - spend - held) as excess
     from whole_allowance where key = $1`,
    [key],
  );
  return BigInt(row!.excess ?? 0);
};

/** Two machines of two people, after their pool was split. */
async function startTwo(team: TestTeam): Promise<[TestMachine, TestMachine]> {
  const one = await startMachine(team.url, team.dev);
  const other = await startMachine(team.url, await team.join());
  await one.sync({ seq: 1 });
  return [one, other];
}

overBothStores("a pool that is split into sub-rows", (under) => {
  let team: TestTeam;
  let writes: () => number;
  let pool: string;
  beforeEach(async () => {
    const counting = counted(under.store, /update allowance_sub_row/);
    writes = counting.writes;
    team = await startTeam(counting.store, POLICY, { hotRows: splitAlways() });
    pool = `pool|${team.id}|2026-11`;
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    const excess = await promisedTooMuch(under.store, pool);
    await team.close();
    assert.deepEqual(differences, []);
    assert.ok(excess <= 0n, `${excess} promised too much`);
  });
  const figures = async () => {
    const { spend, held } = await figuresOf(team.url, team.dev, "pool");
    return { spend, held };
  };

  it("grants from one sub-row, takes back into another, and is shown as a whole", async () => {
    const [one, other] = await startTwo(team);
    assert.equal((await one.sync({ seq: 2, ...need("4") })).body.granted, "4");
    assert.equal((await other.sync({ seq: 2, ...need("3") })).body.granted, "3");
    assert.deepEqual(await figures(), { spend: "0", held: "7" });
    await one.sync({ seq: 3, granted: "4", returned: "4" });
    assert.deepEqual(await figures(), { spend: "0", held: "3" });
    assert.equal(writes(), 3);
    assert.equal(await splitOf(under.store, pool), true);
  });

  it("borrows from all the others what one sub-row has not", async () => {
    const [one, other] = await startTwo(team);
    assert.equal((await one.sync({ seq: 2, ...need("90") })).body.granted, "90");
    assert.equal((await other.sync({ seq: 2, ...need("60") })).body.granted, "60");
    assert.deepEqual(await figures(), { spend: "0", held: "150" });
  });

  it("refuses by what is left of the whole, and is whole near its end", async () => {
    const [one, other] = await startTwo(team);
    await one.sync({ seq: 2, ...need("9") });
    const refused = await other.sync({ seq: 2, ...need("152") });
    assert.equal(refused.body.refused[0]?.remaining, "151");
    assert.equal(await splitOf(under.store, pool), true);
    assert.equal((await other.sync({ seq: 3, ...need("150") })).body.granted, "150");
    assert.equal(await splitOf(under.store, pool), false);
  });

  it("takes usage above its holds that is more than one sub-row has, and grants no more than is left then", async () => {
    const [one, other] = await startTwo(team);
    await one.sync({ seq: 2, ...need("5") });
    const entry = entryOf({ input: 50_000_000, allowances: one.keys, held: { usd: "5", tokens: "0" } });
    await one.sync({ seq: 3, granted: "5", spent: "50", entries: [entry] });
    assert.deepEqual(await figures(), { spend: "50", held: "0" });
    assert.equal((await other.sync({ seq: 2, ...need("110.5") })).body.refused[0]?.remaining, "110");
    assert.equal((await other.sync({ seq: 3, ...need("110") })).body.granted, "110");
  });

  it("has nothing left in its own row, where an endpoint that knows nothing of sub-rows looks", async () => {
    const [one] = await startTwo(team);
    await one.sync({ seq: 2, ...need("4") });
    const [row] = await under.store.query<{ left: string }>(
      `select "limit" - spend - held as left from allowance where key = $1`,
      [pool],
    );
    assert.equal(BigInt(row!.left), 0n);
  });

  it("counts an adjustment in the sub-row it is booked through", async () => {
    const [one] = await startTwo(team);
    await one.sync({ seq: 2, ...need("5") });
    const entry = entryOf({ input: 2_000_000, cost: "1", allowances: one.keys, held: { usd: "5", tokens: "0" } });
    const before = writes();
    await one.sync({ seq: 3, granted: "5", spent: "1", returned: "4", entries: [entry] });
    assert.equal(writes(), before + 1);
    assert.deepEqual(await figures(), { spend: "2", held: "0" });
  });

  it("has no shares of a limit that was lowered, or raised: a push counts at once", async () => {
    const [one, other] = await startTwo(team);
    await one.sync({ seq: 2, ...need("6") });
    await team.pushPolicy(pushed("7"));
    assert.ok((await promisedTooMuch(under.store, pool)) <= 0n);
    assert.equal((await other.sync({ seq: 2, ...need("2"), policyVersion: 2 })).body.refused[0]?.remaining, "1");
    await team.pushPolicy(pushed("500"));
    assert.equal((await other.sync({ seq: 3, ...need("490"), policyVersion: 3 })).body.granted, "490");
  });

  it("is whole before it takes what comes after its period, from which the next one's debt follows", async () => {
    const overdraft = { ...POLICY, allowances: [POLICY.allowances[0], { ...POLICY.allowances[1], overdraft: "20" }] };
    await team.pushPolicy(overdraft);
    const [one, other] = await startTwo(team);
    await one.sync({ seq: 2, ...need("100") });
    await other.sync({ seq: 2, ...need("5") });
    assert.equal(await splitOf(under.store, pool), true);
    team.clock.now = Date.parse("2026-12-01T00:00:00Z");
    await other.sync({ seq: 3, granted: "5", spent: "5" });
    assert.equal(await splitOf(under.store, pool), false);
    const entry = entryOf({ input: 163_000_000, allowances: one.keys, held: { usd: "100", tokens: "0" } });
    await one.sync({ seq: 3, granted: "100", spent: "163", entries: [entry] });
    assert.equal((await figures()).spend, "8");
  });

  it("takes an import and a write-off", async () => {
    const [one, other] = await startTwo(team);
    await one.sync({ seq: 2, ...need("8") });
    await other.sync({ seq: 2, ...need("3") });
    await team.admin.importEntries(team.dev.id, [entryOf({ input: 2_000_000, allowances: [] })]);
    assert.deepEqual(await figures(), { spend: "2", held: "11" });
    await one.sync({ seq: 3, granted: "8" });
    await one.sync({ seq: 4, granted: "8" });
    team.clock.now = NOON + 3_600_000;
    await other.sync({ seq: 3, granted: "3" });
    const written = await call(team.url, team.lead.token, "POST", `/v1/advances/${one.advance}/write-off`);
    assert.equal(written.status, 200);
    assert.deepEqual(await figures(), { spend: "2", held: "3" });
  });
});

describe("messages over sub-rows (PostgreSQL)", function () {
  this.timeout(60_000);

  it("draw on one that nobody else has, and wait for nobody but who has the row whole", async () => {
    const { store } = await newPostgresStore();
    const { store: counting, writes } = counted(store, /update allowance_sub_row/);
    const team = await startTeam(counting, POLICY, { hotRows: splitAlways() });
    const pool = `pool|${team.id}|2026-11`;
    try {
      const [one] = await startTwo(team);
      await store.transaction(async (sql) => {
        const taken = await lockSubRows(sql, [pool]);
        assert.equal(taken.size, 1);
        assert.equal((await one.sync({ seq: 2, ...need("4") })).body.granted, "4");
        const drawn = await sql.query<{ number: number }>("select number from allowance_sub_row where held > 0");
        assert.equal(drawn.length, 1);
        assert.notEqual(drawn[0]!.number, taken.get(pool)!.number);
      });
      let answer: Promise<unknown> | undefined;
      await store.transaction(async (sql) => {
        await sql.query("select key from allowance where key = $1 for update", [pool]);
        await sql.query("select key from allowance_sub_row where key = $1 for update", [pool]);
        answer = one.sync({ seq: 3, granted: "4", open: "4", ...need("5") });
        await untilSomebodyWaits(store);
      });
      await answer;
      assert.equal((await figuresOf(team.url, team.dev, "pool")).held, "9");
      assert.equal(writes(), 2);
    } finally {
      await team.close();
      await store.close();
    }
  });
});

/** Until a transaction of this database waits for a lock. */
async function untilSomebodyWaits(store: Sql): Promise<void> {
  for (;;) {
    const waiting = await store.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    if (waiting.length > 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
