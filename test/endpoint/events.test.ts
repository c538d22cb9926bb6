import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { createEndpoint, type Endpoint } from "../../src/endpoint/endpoint.ts";
import { openPostgres } from "../../src/endpoint/store/postgres.ts";
import type { Store } from "../../src/endpoint/store/store.ts";
import { EventSchemas } from "../../src/protocol/endpoint.ts";
import { EventReader } from "./support/eventReader.ts";
import { newPostgresStore, overBothStores } from "./support/stores.ts";
import { call, entryOf, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const policyOf = (limit: number, price = "1") => ({
  allowances: [
    { id: "month", name: "Month", limit: String(limit) },
    { id: "pool", name: "Pool", per: "team", limit: "400" },
  ],
  prices: [{ model: "test/one", input: price, output: "10" }],
});

/** A store of which one reading of allowances takes until it is released. */
function slowOnce(store: Store) {
  let armed = false;
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const transaction: Store["transaction"] = async (work) => {
    let isHeld = false;
    const result = await store.transaction((sql) =>
      work({
        query(text, parameters) {
          if (armed && text.includes("from allowance")) {
            armed = false;
            isHeld = true;
          }
          return sql.query(text, parameters);
        },
      }),
    );
    if (isHeld) {
      reached.resolve();
      await released.promise;
    }
    return result;
  };
  const { query, publish, subscribe, close } = store;
  return {
    store: Object.assign(Object.create(store), {
      transaction,
      ...{ query: query.bind(store), publish: publish.bind(store), subscribe: subscribe.bind(store), close: close.bind(store) },
    }) as Store,
    /** Resolves when a reading is held. */
    hold() {
      armed = true;
      return reached.promise;
    },
    release: () => released.resolve(),
  };
}

overBothStores("the event stream", (under) => {
  let team: TestTeam;
  const readers: EventReader[] = [];
  beforeEach(async () => {
    team = await startTeam(under.store);
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await team.close();
  });

  const follow = async (token: string, lastEventId?: string, url = team.url) => {
    const reader = await EventReader.open(url, token, lastEventId);
    readers.push(reader);
    return reader;
  };
  const push = (limit: number, price?: string) =>
    call(team.url, team.lead.token, "PUT", "/v1/policy", { policy: policyOf(limit, price) }, { "if-match": "*" });

  it("brings a push to everybody, with the figures that follow from it", async () => {
    const reader = await follow(team.dev.token);
    assert.equal((await reader.next("policy")).data.version, 1);
    assert.equal((await reader.next("allowance")).data.allowances[0].limit, "60");
    await push(50);
    const policy = EventSchemas.policy.parse((await reader.next("policy")).data);
    assert.equal(policy.version, 2);
    assert.equal((await reader.next("allowance")).data.allowances[0].limit, "50");
  });

  it("never sends older figures after newer ones, however long reading them takes", async () => {
    const slow = slowOnce(under.store);
    const endpoint = await createEndpoint({ store: slow.store, clock: () => team.clock.now });
    const reader = await follow(team.dev.token, undefined, await endpoint.listen());
    await reader.next("allowance");
    const held = slow.hold();
    await push(50);
    await held;
    await push(40);
    while ((await reader.next("policy")).data.version !== 3);
    for (let i = 0; i < 5; i++) await call(team.url, team.dev.token, "GET", "/v1/me"); // time enough to send what was not held
    slow.release();
    await push(30);
    const limits: number[] = [];
    while (limits.at(-1) !== 30) limits.push(Number((await reader.next("allowance")).data.allowances[0].limit));
    assert.deepEqual(
      limits,
      limits.toSorted((a, b) => b - a),
    );
    await endpoint.close();
  });

  it("numbers without gaps, and resumes without one", async () => {
    const first = await follow(team.dev.token);
    const begin = Number((await first.next("policy")).id);
    await push(51);
    assert.equal(Number((await first.next("policy")).id), begin + 1);
    first.close();
    for (let i = 2; i <= 6; i++) await push(50 + i);
    const second = await follow(team.dev.token, String(begin + 1));
    await push(57);
    for (let i = 2; i <= 7; i++) {
      const { id, data } = await second.next("policy", "reset");
      assert.deepEqual([Number(id), data.policy.allowances[0].limit], [begin + i, String(50 + i)]);
    }
  });

  it("says reset to who comes too late, and to who has seen more than there is", async () => {
    for (let i = 0; i < 3; i++) await push(50 + i);
    await under.store.query("delete from event where team = $1 and seq <= 2", [team.id]);
    for (const lastId of ["1", "99"]) {
      const { name, id } = await (await follow(team.dev.token, lastId)).next("policy", "reset");
      assert.equal(name, "reset");
      assert.ok(Number(id) >= 4);
    }
    assert.equal((await (await follow(team.dev.token, "2")).next("policy", "reset")).name, "policy");
  });

  it("says that prices changed, and only when they did", async () => {
    const reader = await follow(team.dev.token);
    await reader.next("policy");
    await push(50);
    assert.equal((await reader.next("policy", "prices")).name, "policy");
    await push(50, "3");
    assert.equal((await reader.next("policy", "prices")).name, "policy");
    const { data } = await reader.next("policy", "prices");
    const { headers } = await call(team.url, team.dev.token, "GET", "/v1/prices");
    assert.equal(headers.get("etag"), `"${data.priceRef}"`);
  });

  it("shows each person their own figures, and everybody the pool's", async () => {
    const other = await team.join();
    const reader = await follow(other.token);
    await reader.next("allowance");
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ needs: [{ id: "n", amount: "3" }] });
    await machine.sync({ seq: 2, granted: "3", spent: "2", returned: "1", entries: [entryOf({ cost: "2", input: 2_000_000 })] });
    for (;;) {
      const { allowances } = (await reader.next("allowance")).data;
      assert.equal(allowances[0].spend, "0");
      if (allowances[1].spend === "2") break; // the figures of several messages may come as one event, or as several
    }
  });

  it("calls money home when a limit falls below what is out, and closes advances made under other rules", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ needs: [{ id: "n", amount: "40" }] });
    const reader = await follow(team.dev.token);
    await reader.next("allowance");
    await push(30);
    assert.deepEqual((await reader.next("advance")).data, { id: machine.advance, cap: "0" });
    await call(team.url, team.lead.token, "PUT", "/v1/policy", { policy: { allowances: [] } }, { "if-match": "*" });
    assert.deepEqual((await reader.next("advance")).data, { id: machine.advance, close: true });
  });

  it("calls unused money home from who holds it when somebody is refused, and from nobody else", async () => {
    const [idle, busy, wanting] = [
      await startMachine(team.url, team.dev),
      await startMachine(team.url, team.dev),
      await startMachine(team.url, team.dev),
    ];
    await idle!.sync({ needs: [{ id: "n", amount: "30" }] });
    await busy!.sync({ needs: [{ id: "n", amount: "20" }] });
    await busy!.sync({ seq: 2, granted: "20", open: "20" });
    const reader = await follow(team.dev.token);
    await reader.next("allowance");
    const { body } = await wanting!.sync({ needs: [{ id: "n", amount: "25" }] });
    assert.equal(body.refused[0]?.remaining, "10");
    assert.deepEqual((await reader.next("advance")).data, { id: idle!.advance, cap: "0" });
    await idle!.sync({ seq: 2, granted: "30", returned: "30" });
    assert.equal((await wanting!.sync({ seq: 2, needs: [{ id: "n", amount: "25" }] })).body.granted, "25");
  });

  it("lets who wants it wait for the money that was called, and refuses nobody whom that serves", async () => {
    const [idle, wanting] = [await startMachine(team.url, team.dev), await startMachine(team.url, team.dev)];
    await idle!.sync({ needs: [{ id: "n", amount: "50" }] });
    const reader = await follow(team.dev.token);
    await reader.next("allowance");
    const answer = wanting!.sync({ needs: [{ id: "n", amount: "25" }] });
    await reader.next("advance");
    await idle!.sync({ seq: 2, granted: "50", returned: "50" });
    const { granted, refused } = (await answer).body;
    assert.deepEqual([granted, refused], ["25", []]);
  });

  it("lets nobody wait for what cannot come: what is held for requests, or what is not there", async () => {
    const [busy, wanting] = [await startMachine(team.url, team.dev), await startMachine(team.url, team.dev)];
    await busy!.sync({ needs: [{ id: "n", amount: "50" }] });
    await busy!.sync({ seq: 2, granted: "50", open: "50" });
    const before = performance.now();
    assert.equal((await wanting!.sync({ needs: [{ id: "n", amount: "25" }] })).body.refused.length, 1);
    assert.ok(performance.now() - before < 400);
  });

  it("tells who holds much more than a share, once a limit is near its end", async () => {
    const [rich, poor, last] = [
      await startMachine(team.url, team.dev),
      await startMachine(team.url, team.dev),
      await startMachine(team.url, team.dev),
    ];
    await rich!.sync({ needs: [{ id: "n", amount: "50" }] });
    await poor!.sync({ needs: [{ id: "n", amount: "1" }] });
    const reader = await follow(team.dev.token);
    await reader.next("allowance");
    await last!.sync({ needs: [{ id: "n", amount: "8" }] });
    const { id, cap } = (await reader.next("advance")).data;
    assert.equal(id, rich!.advance);
    assert.ok(Number(cap) < 20, cap);
  });

  it("needs a token", async () => {
    await assert.rejects(EventReader.open(team.url, "tb_no"), /401/);
  });
});

describe("the event stream over two endpoints on one database (PostgreSQL)", function () {
  this.timeout(120_000);
  let stores: Store[];
  let team: TestTeam;
  let second: Endpoint;
  let url: string;
  before(async () => {
    const { store, url: database } = await newPostgresStore();
    stores = [store, await openPostgres(database)];
    team = await startTeam(store);
    second = await createEndpoint({ store: stores[1]!, clock: () => team.clock.now });
    url = await second.listen();
  });
  after(async () => {
    await Promise.all([team.close(), second.close()]);
    for (const store of stores) await store.close();
  });

  it("brings what happens at one to the readers of the other", async () => {
    const reader = await EventReader.open(url, team.dev.token);
    await reader.next("allowance");
    await call(team.url, team.lead.token, "PUT", "/v1/policy", { policy: policyOf(50) }, { "if-match": "*" });
    assert.equal((await reader.next("policy")).data.version, 2);
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ needs: [{ id: "n", amount: "7" }] });
    while ((await reader.next("allowance")).data.allowances[0].held !== "7");
    await call(team.url, team.lead.token, "PUT", "/v1/policy", { policy: policyOf(5) }, { "if-match": "*" });
    assert.deepEqual((await reader.next("advance")).data, { id: machine.advance, cap: "0" });
    reader.close();
  });

  it("hears again after its connection broke", async () => {
    const reader = await EventReader.open(url, team.dev.token);
    await reader.next("policy");
    const listening = "select pid from pg_stat_activity where query like 'listen%' and datname = current_database()";
    const pids = async () => (await stores[0]!.query<{ pid: number }>(listening)).map(({ pid }) => pid);
    const old = await pids();
    for (const pid of old) await stores[0]!.query("select pg_terminate_backend($1)", [pid]);
    while ((await pids()).filter((pid) => !old.includes(pid)).length < old.length) await delay(50);
    await call(team.url, team.lead.token, "PUT", "/v1/policy", { policy: policyOf(40) }, { "if-match": "*" });
    assert.equal((await reader.next("policy")).data.policy.allowances[0].limit, "40");
    reader.close();
  });

  it("brings what happened while its connection was broken, figures too", async () => {
    const machine = await startMachine(team.url, team.dev);
    const reader = await EventReader.open(url, team.dev.token);
    const { held } = (await reader.next("allowance")).data.allowances[0];
    const listening =
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()";
    await stores[0]!.query(listening);
    await machine.sync({ needs: [{ id: "n", amount: "0.5" }] });
    const next = await Promise.race([reader.next("allowance"), delay(5000)]);
    assert.equal(Number(next?.data.allowances[0].held), Number(held) + 0.5);
    reader.close();
  });
});
