import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createEndpoint } from "../../src/endpoint/endpoint.ts";
import type { Store } from "../../src/endpoint/store/store.ts";
import { overBothStores } from "./support/stores.ts";
import { entryOf, figuresOf, startMachine, startTeam, type TestTeam } from "./support/team.ts";

/** What a transaction may be made to do. */
interface Meddling {
  /** Resolves when a transaction may begin. */
  gate?: Promise<void>;
  /** Thrown once the work is done, so that nothing is committed. */
  fault?: Error;
}

/** The store, with transactions counted and meddled with. */
function meddled(store: Store, meddling: Meddling): Store & { transactions: number } {
  return {
    transactions: 0,
    query: store.query.bind(store),
    async transaction(work) {
      this.transactions++;
      await meddling.gate;
      return store.transaction(async (sql) => {
        const result = await work({
          query: async (text, parameters = []) => {
            if (JSON.stringify(parameters).includes("absurd")) throw Object.assign(new Error("out of range"), { code: "22003" });
            return sql.query(text, parameters);
          },
        });
        if (meddling.fault) throw meddling.fault;
        return result;
      });
    },
    publish: store.publish.bind(store),
    subscribe: store.subscribe.bind(store),
    close: store.close.bind(store),
  };
}

overBothStores("messages that are merged together", (under) => {
  let team: TestTeam;
  const meddling: Meddling = {};
  let store: Store & { transactions: number };
  let url: string;
  let close: () => Promise<void>;
  beforeEach(async () => {
    team = await startTeam(under.store);
    store = meddled(under.store, meddling);
    const endpoint = await createEndpoint({ store, clock: () => team.clock.now });
    url = await endpoint.listen();
    close = () => endpoint.close();
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    await Promise.all([close(), team.close()]);
    assert.deepEqual(differences, []);
  });

  /** Sends all messages while the first one's transaction is held back, so that the others share the next one. */
  async function together<T>(send: () => Promise<T>[]): Promise<T[]> {
    const { promise, resolve } = Promise.withResolvers<void>();
    meddling.gate = promise;
    const before = store.transactions;
    const answers = send();
    while (store.transactions === before) await new Promise(setImmediate);
    // The others are on their way over loopback; each is waiting once its token was read.
    await Promise.race([...answers.slice(1), new Promise((settled) => setTimeout(settled, 100))]);
    meddling.gate = undefined;
    resolve();
    return Promise.all(answers);
  }

  it("are answered as if each had come alone, in a few transactions", async () => {
    const members = await Promise.all(Array.from({ length: 20 }, () => team.join()));
    const machines = await Promise.all(members.map((member) => startMachine(url, member)));
    const before = store.transactions;
    const answers = await together(() => machines.map((machine, i) => machine.sync({ needs: [{ id: "n", amount: String(i) }] })));
    assert.deepEqual(
      answers.map(({ body }) => body.granted),
      machines.map((_, i) => String(i)),
    );
    assert.ok(store.transactions - before <= 3, `${store.transactions - before} transactions`);
  });

  it("share what is left in the order in which they came", async () => {
    await team.pushPolicy({ allowances: [{ id: "pool", name: "Pool", per: "team", limit: "10" }] });
    const machines = await Promise.all([team.dev, team.lead, team.dev].map((member) => startMachine(url, member)));
    const need = (amount: string) => ({ policyVersion: 2, needs: [{ id: "n", amount }] });
    const answers = await together(() => machines.map((machine) => machine.sync(need("6"))));
    const granted = answers.map(({ body }) => body.granted);
    assert.deepEqual(granted.toSorted(), ["0", "0", "6"]);
    assert.deepEqual(
      answers.map(({ body }) => body.refused.map(({ remaining }) => remaining)),
      granted.map((amount) => (amount === "0" ? ["4"] : [])),
    );
  });

  it("do not fail with one that is refused, or that the database cannot take", async () => {
    const good = await Promise.all(
      [1, 2, 3, 4].map(async (i) => ({ i, machine: await startMachine(url, i % 2 ? team.dev : team.lead) })),
    );
    const absurd = await startMachine(url, team.dev);
    const foreign = await startMachine(url, await team.join());
    const answers = await together(() => [
      ...good.slice(0, 2).map(({ machine }) => machine.sync({ needs: [{ id: "n", amount: "1" }] })),
      absurd.sync({ needs: [{ id: "n", amount: "1" }], entries: [entryOf({ model: "absurd", allowances: absurd.keys })] }),
      foreign.sync({ machine: "somebody else's" }),
      ...good.slice(2).map(({ machine }) => machine.sync({ needs: [{ id: "n", amount: "1" }] })),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 500, 409, 200, 200],
    );
    assert.equal((await figuresOf(url, team.dev, "pool")).held, "4");
  });

  it("are merged once though one comes twice, with its entries", async () => {
    const machine = await startMachine(url, team.dev);
    const first = await startMachine(url, team.lead);
    await machine.sync({ needs: [{ id: "n", amount: "5" }] });
    const entries = [entryOf({ input: 1_000_000, allowances: machine.keys })];
    const message = { seq: 2, granted: "5", spent: "1", entries };
    const [, one, two] = await together(() => [first.sync({}), machine.sync(message), machine.sync(message)]);
    assert.deepEqual([one?.body.entries, two?.body.entries], [[entries[0]!.id], [entries[0]!.id]]);
    assert.deepEqual(await figuresOf(url, team.dev, "month"), { spend: "1", held: "4", limit: "60" });
  });

  it("find a request out that two of them report", async () => {
    const machines = await Promise.all([team.dev, team.dev].map((member) => startMachine(url, member)));
    const first = await startMachine(url, team.lead);
    const providerRequestId = randomUUID();
    for (const machine of machines) await machine.sync({ needs: [{ id: "n", amount: "5" }] });
    await together(() => [
      first.sync({}),
      ...machines.map((machine) => {
        const entries = [entryOf({ input: 1_000_000, allowances: machine.keys, providerRequestId })];
        return machine.sync({ seq: 2, granted: "5", spent: "1", entries });
      }),
    ]);
    assert.equal((await figuresOf(url, team.dev, "month")).spend, "1");
  });

  it("are answered only once they are committed", async () => {
    const machines = await Promise.all([team.dev, team.lead].map((member) => startMachine(url, member)));
    meddling.fault = new Error("the database is gone");
    const answers = await Promise.all(machines.map((machine) => machine.sync({ needs: [{ id: "n", amount: "5" }] })));
    delete meddling.fault;
    assert.deepEqual(
      answers.map(({ status }) => status),
      [500, 500],
    );
    assert.equal((await figuresOf(url, team.dev, "pool")).held, "0");
  });
});
