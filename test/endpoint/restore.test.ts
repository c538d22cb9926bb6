import assert from "node:assert/strict";
import { Admin } from "../../src/endpoint/admin.ts";
import { createEndpoint } from "../../src/endpoint/endpoint.ts";
import { openPostgres } from "../../src/endpoint/store/postgres.ts";
import type { Me, SyncReply } from "../../src/protocol/endpoint.ts";
import { sharedPostgres } from "./support/stores.ts";
import { call, entryOf, figuresOf, type Member, startMachine, startTeam, syncOf } from "./support/team.ts";

describe("a database that was set back to yesterday's backup (PostgreSQL)", function () {
  this.timeout(120_000);

  it("learns from its machines what they were granted and spent since, grants nothing beyond it, and tells the operator", async () => {
    const postgres = await sharedPostgres();
    const url = await postgres.database();
    const policy = {
      allowances: [{ id: "day", name: "Day", period: "day", limit: "10" }],
      prices: [{ model: "test/one", input: "1", output: "10" }],
    };
    let store = await openPostgres(url);
    const team = await startTeam(store, policy);
    const machine = await startMachine(team.url, team.dev);
    await machine.sync({ seq: 1, needs: [{ id: "n", amount: "3" }] });
    await team.close();
    await store.close();
    const backup = await postgres.database(url);

    // A day's work after the backup was made: granted 8, of which 6 are spent and told.
    store = await openPostgres(url);
    let endpoint = await createEndpoint({ store, clock: () => team.clock.now });
    const open = (to: string, member: Member, message: object) =>
      call<SyncReply>(to, member.token, "POST", `/v1/advances/${machine.advance}/sync`, syncOf(message));
    const before = await endpoint.listen();
    const entries = [entryOf({ input: 6_000_000, allowances: machine.keys })];
    const told = await open(before, team.dev, { seq: 2, granted: "3", spent: "6", needs: [{ id: "m", amount: "2" }], entries });
    assert.deepEqual([told.body.granted, told.body.entries.length], ["8", 1]);
    await endpoint.close();
    await store.close();

    store = await openPostgres(backup);
    const log: string[] = [];
    endpoint = await createEndpoint({ store, clock: () => team.clock.now, log: (line) => log.push(line) });
    const after = await endpoint.listen();
    assert.deepEqual(await figuresOf(after, team.dev, "day"), { spend: "0", held: "3", limit: "10" });
    // Until it is heard of, what it spent since is not known: here another machine gets what seems to be left.
    const other = await startMachine(after, team.dev);
    assert.equal((await other.sync({ seq: 1, needs: [{ id: "o", amount: "7" }] })).body.granted, "7");
    const heard = await open(after, team.dev, { seq: 3, granted: "8", spent: "6", open: "2", needs: [] });
    assert.deepEqual([heard.status, heard.body.granted], [200, "8"]);
    assert.deepEqual(await figuresOf(after, team.dev, "day"), { spend: "6", held: "9", limit: "10" });
    assert.match(log.join("\n"), /Was an old backup restored\?/);
    const refused = await other.sync({ seq: 2, granted: "7", open: "7", needs: [{ id: "p", amount: "0.01" }] });
    assert.deepEqual([refused.body.granted, refused.body.refused.length], ["7", 1]);
    const me = await call<Me>(after, team.dev.token, "GET", "/v1/me");
    assert.equal(me.body.allowances[0]?.spend, "6");
    const { differences, unreported } = await (await Admin.over(store, () => team.clock.now)).verify();
    assert.deepEqual([differences, unreported.map(({ amount }) => amount)], [[], ["6"]]);
    await endpoint.close();
    await store.close();
  });
});
