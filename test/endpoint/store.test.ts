import assert from "node:assert/strict";
import { migrate } from "../../src/endpoint/store/migrations.ts";
import { openPostgres } from "../../src/endpoint/store/postgres.ts";
import { overBothStores, sharedPostgres } from "./support/stores.ts";

describe("the PostgreSQL store", function () {
  this.timeout(120_000);

  it("makes its schema once, though several processes start at once", async () => {
    const url = await (await sharedPostgres()).database();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openPostgres(url)));
    const versions = await stores[0]!.query<{ version: number }>("select version from schema_version");
    assert.ok(versions.length > 1);
    assert.deepEqual(
      versions,
      versions.map((_, index) => ({ version: index + 1 })),
    );
    await stores[0]!.query("insert into schema_version (version) values (99)");
    await assert.rejects(openPostgres(url), /schema version 99/);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("runs a transaction again that a deadlock ended", async () => {
    const store = await openPostgres(await (await sharedPostgres()).database());
    await store.query("create table pair (id integer primary key, n integer not null)");
    await store.query("insert into pair values (1, 0), (2, 0)");
    let waiting = 2;
    const both = Promise.withResolvers<void>();
    const crosswise = (first: number, second: number) =>
      store.transaction(async (sql) => {
        await sql.query("update pair set n = n + 1 where id = $1", [first]);
        if (--waiting <= 0) both.resolve();
        await both.promise;
        await sql.query("update pair set n = n + 1 where id = $1", [second]);
      });
    await Promise.all([crosswise(1, 2), crosswise(2, 1)]);
    assert.deepEqual(await store.query("select id, n from pair order by id"), [
      { id: 1, n: 2 },
      { id: 2, n: 2 },
    ]);
    await store.close();
  });
});

overBothStores("a store", (under) => {
  it("undoes a transaction that throws, and goes on", async () => {
    const name = crypto.randomUUID();
    const insert = "insert into team (id, name, time_zone, created_at) values ($1, $1, 'UTC', now())";
    const failing = under.store.transaction(async (sql) => {
      await sql.query(insert, [name]);
      throw new Error("changed my mind");
    });
    await assert.rejects(failing, /changed my mind/);
    assert.deepEqual(await under.store.query("select id from team where id = $1", [name]), []);
    await under.store.transaction((sql) => sql.query(insert, [name]));
    assert.deepEqual(await under.store.query("select id from team where id = $1", [name]), [{ id: name }]);
  });

  it("is left alone by a second migration", async () => {
    await migrate(under.store);
  });

  it("gives amounts beyond what a number holds exactly", async () => {
    const [row] = await under.store.query<{ n: string }>("select $1::numeric(38, 0) as n", [
      "12345678901234567890123456789012345678",
    ]);
    assert.equal(row?.n, "12345678901234567890123456789012345678");
  });
});
