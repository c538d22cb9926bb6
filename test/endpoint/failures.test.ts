import assert from "node:assert/strict";
import type { Allowance } from "../../src/budget/allowance/allowance.ts";
import { parseAmount } from "../../src/budget/money.ts";
import { EventReader } from "./support/eventReader.ts";
import { overBothStores } from "./support/stores.ts";
import { figuresOf, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const HOUR = 3_600_000;

overBothStores("money that is out when something goes wrong", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store, {
      allowances: [
        { id: "day", name: "Day", period: "day", limit: "10" },
        { id: "pool", name: "Pool", per: "team", limit: "400" },
      ],
      prices: [{ model: "test/one", input: "1", output: "10" }],
    });
  });
  afterEach(async () => {
    const { differences } = await team.admin.verify();
    await team.close();
    assert.deepEqual(differences, []);
  });
  const figures = () => figuresOf(team.url, team.dev, "day");
  const need = (amount: string, id = "n") => ({ needs: [{ id, amount }] });

  it("stays held while its machine is away, however long; what that spent meanwhile then takes nothing more of the limit", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("6"));
    team.clock.now += HOUR; // six times as long as it may be used
    assert.deepEqual(await figures(), { spend: "0", held: "6", limit: "10" });
    const other = await startMachine(team.url, team.dev);
    assert.equal((await other.sync(need("5"))).body.refused[0]?.remaining, "4");
    await machine.sync({ seq: 2, granted: "6", spent: "5" });
    assert.deepEqual(await figures(), { spend: "5", held: "1", limit: "10" });
  });

  it("stays held to the end of its period where its machine never comes back, and in no later one", async () => {
    const machine = await startMachine(team.url, team.dev);
    await machine.sync(need("6"));
    team.clock.now = Date.parse("2026-11-24T22:59:59Z"); // Copenhagen's midnight is at 23:00
    assert.equal((await figures()).held, "6");
    team.clock.now += 1000;
    assert.equal((await figures()).held, "0");
    const other = await startMachine(team.url, team.dev);
    assert.equal((await other.sync(need("10"))).body.granted, "10");
  });

  it("counts as home when its machine says so, not when it is called: the call may be lost, and comes again with every answer", async () => {
    const [holder, wanting] = [await startMachine(team.url, team.dev), await startMachine(team.url, team.dev)];
    await holder.sync(need("9"));
    const { refused } = (await wanting.sync(need("5"))).body; // nobody hears the call
    assert.equal(refused[0]?.remaining, "1");
    assert.equal((await figures()).held, "9");
    const { cap, granted } = (await holder.sync({ seq: 2, granted: "9" })).body;
    assert.ok(parseAmount(cap) < parseAmount(granted));
    // Its answer is lost, so it says it twice.
    for (const seq of [3, 4]) await holder.sync({ seq, granted: "9", returned: "9" });
    assert.equal((await figures()).held, "0");
    assert.equal((await wanting.sync({ ...need("5"), seq: 2 })).body.granted, "5");
  });

  it("is granted once for twenty requests at a time, though an answer is lost and all of them are asked for again with one more", async () => {
    const machine = await startMachine(team.url, team.dev);
    const needs = Array.from({ length: 21 }, (_, i) => ({ id: `n${i}`, amount: "0.4" }));
    await machine.sync({ needs: needs.slice(0, 20) }); // the answer never comes
    const { granted, refused } = (await machine.sync({ seq: 2, needs })).body;
    assert.deepEqual([granted, refused], ["8.4", []]);
  });

  it("is not called from others whose allowance it is not that is short", async () => {
    const [mine, theirs] = [await startMachine(team.url, team.dev), await startMachine(team.url, team.lead)];
    await theirs.sync(need("9"));
    await mine.sync(need("9"));
    await mine.sync({ seq: 2, granted: "9", spent: "9" });
    const reader = await EventReader.open(team.url, team.lead.token);
    try {
      const before = performance.now();
      assert.equal((await mine.sync({ seq: 3, granted: "9", spent: "9", ...need("5") })).body.refused[0]?.remaining, "1");
      assert.ok(performance.now() - before < 400, "nobody waits for it either");
      await theirs.sync({ seq: 2, granted: "9", spent: "1" });
      for (let tells = false; !tells; ) {
        const { name, data } = await reader.next("allowance", "advance");
        assert.equal(name, "allowance");
        tells = (data.allowances as Allowance[]).some(({ id, spend }) => id === "day" && spend === "1");
      }
    } finally {
      reader.close();
    }
  });
});
