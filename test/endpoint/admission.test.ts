import assert from "node:assert/strict";
import { ONE, parseAmount } from "../../src/budget/money.ts";
import { createEndpoint } from "../../src/endpoint/endpoint.ts";
import { HotRows } from "../../src/endpoint/ledger/hotRows.ts";
import { openPostgres } from "../../src/endpoint/store/postgres.ts";
import type { Sql, Store } from "../../src/endpoint/store/store.ts";
import { newPostgresStore } from "./support/stores.ts";
import { splitAlways } from "./support/subRows.ts";
import { tapped } from "./support/tapped.ts";
import { type Member, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const MACHINES = 50;
/** Nobody is stopped by a limit of their own; the pool has one dollar. */
const POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "60" },
    { id: "pool", name: "Pool", per: "team", limit: "1" },
  ],
};

describe("admission when 50 machines want the last dollar at once (PostgreSQL)", function () {
  this.timeout(120_000);
  const stores: Store[] = [];
  after(() => Promise.all(stores.map((store) => store.close())));

  async function openTwo(): Promise<[Store, Store]> {
    const { store, url } = await newPostgresStore();
    const second = await openPostgres(url);
    stores.push(store, second);
    return [store, second];
  }

  it("grants it to whoever fits, over one endpoint and over two", async () => {
    const [a, b] = await openTwo();
    assert.equal(await race(a, [a], "0.10"), ONE);
    assert.equal(await race(a, [a, b], "0.10"), ONE);
    assert.equal(await race(a, [a, b], "1"), ONE);
    assert.equal(await race(a, [a, b], "0.30"), (ONE * 9n) / 10n);
  });

  it("grants it to whoever fits, over sub-rows of three endpoints, too", async () => {
    const [a, b] = await openTwo();
    for (const amount of ["0.01", "0.013", "0.10", "0.30"]) {
      const granted = await race(a, [a, b, a], amount, splitAlways);
      const most = (ONE / parseAmount(amount)) * parseAmount(amount);
      assert.equal(granted, BigInt(MACHINES) * parseAmount(amount) < ONE ? BigInt(MACHINES) * parseAmount(amount) : most);
    }
  });

  it("would grant more without the row locks, which proves that this test sees it", async () => {
    const [a, b] = await openTwo();
    assert.ok(await everGrantsMore(a, withoutLocks([a, b])));
  });

  it("would grant more without the row locks of the allowances alone", async () => {
    const [a, b] = await openTwo();
    assert.ok(await everGrantsMore(a, withoutLocks([a, b], /(from allowance .*) for update/s)));
  });

  /** Each endpoint merges what waits into one transaction, so the two must meet within a few milliseconds: not every race is lost. */
  async function everGrantsMore(a: Store, stores: Store[]): Promise<boolean> {
    for (let tries = 0; tries < 30; tries++) if ((await race(a, stores, "1")) > ONE) return true;
    return false;
  }

  it("goes on under a storm of messages of every kind, and the book stays right", async () => {
    const [a, b] = await openTwo();
    await withTeam({ admin: a, serving: [a, b] }, async (team, urls, members) => {
      const machines = await Promise.all(members.slice(0, 12).map((member, i) => startMachine(urls[i % urls.length]!, member)));
      await Promise.all(
        machines.map(async (machine, i) => {
          let granted = "0";
          for (let seq = 1; seq <= 8; seq++) {
            const spent = seq > 4 ? "0.01" : "0";
            const message = { seq, granted, spent, want: "0.2", needs: [{ id: `${i}-${seq}`, amount: "0.03" }] };
            const [{ status, body }] = await Promise.all([machine.sync(message), machine.sync(message)]);
            assert.equal(status, 200);
            granted = body.granted;
          }
        }),
      );
      const { differences } = await team.admin.verify();
      assert.deepEqual(differences, []);
      const [pool] = await a.query<{ used: string }>("select spend + held as used from whole_allowance where key = $1", [
        `pool|${team.id}|2026-11`,
      ]);
      assert.ok(BigInt(pool!.used) <= ONE && BigInt(pool!.used) > 0n);
    });
  });
});

/** What the pool's machines are granted together when each asks for `amount` at the same time. */
async function race(admin: Store, serving: Store[], amount: string, hotRows = () => new HotRows()): Promise<bigint> {
  return withTeam({ admin, serving, hotRows }, async (_team, urls, members) => {
    const machines = await Promise.all(members.map((member, i) => startMachine(urls[i % urls.length]!, member)));
    const answers = await Promise.all(machines.map((machine) => machine.sync({ needs: [{ id: "n", amount }] })));
    for (const { body } of answers) assert.equal(body.refused.length, body.granted === "0" ? 1 : 0);
    return answers.reduce((sum, { body }) => sum + parseAmount(body.granted), 0n);
  });
}

async function withTeam<T>(
  { admin, serving, hotRows = () => new HotRows() }: { admin: Store; serving: Store[]; hotRows?: () => HotRows },
  work: (team: TestTeam, urls: string[], members: Member[]) => Promise<T>,
): Promise<T> {
  const team = await startTeam(admin, POLICY);
  const endpoints = await Promise.all(
    serving.map((store) => createEndpoint({ store, clock: () => team.clock.now, hotRows: hotRows() })),
  );
  try {
    const urls = await Promise.all(endpoints.map((endpoint) => endpoint.listen()));
    const members = await Promise.all(Array.from({ length: MACHINES }, () => team.join()));
    return await work(team, urls, members);
  } finally {
    await Promise.all([team, ...endpoints].map((open) => open.close()));
  }
}

/** Mutants: the same stores, whose transactions do not lock the rows that they read. The first two to read the pool do so at once. */
function withoutLocks(stores: Store[], lock = /(.*) for (?:update|share)(?: of \w+)?/s): Store[] {
  const haveRead = Promise.withResolvers<void>();
  let reading = stores.length;
  return stores.map((store) => {
    let first = true;
    const unlocked = (sql: Sql): Sql => ({
      query: async (text, parameters) => {
        const rows = await sql.query<never>(text.replace(lock, "$1"), parameters);
        if (first && /from allowance .* key = any.* for update/s.test(text)) {
          first = false;
          if (--reading === 0) haveRead.resolve();
          await haveRead.promise;
        }
        return rows;
      },
    });
    return tapped(store, unlocked);
  });
}
