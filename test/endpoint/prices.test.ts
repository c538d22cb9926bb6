import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { CatalogueKeeper } from "../../src/endpoint/catalogueKeeper.ts";
import { createEndpoint, type Endpoint } from "../../src/endpoint/endpoint.ts";
import { openPglite } from "../../src/endpoint/store/pglite.ts";
import type { Store } from "../../src/endpoint/store/store.ts";
import { bundledCatalogue } from "../../src/prices/catalogue.ts";
import { findPrice } from "../../src/prices/find.ts";
import type { ModelPrice, PriceList } from "../../src/prices/rates.ts";
import { catalogueAddress } from "../../src/protocol/catalogueHost.ts";
import type { Me } from "../../src/protocol/endpoint.ts";
import { type CatalogueHost, publishedWith, startCatalogueHost } from "../fixtures/catalogueHost.ts";
import { EventReader } from "./support/eventReader.ts";
import { newPostgresStore } from "./support/stores.ts";
import { call, entryOf, figuresOf, NOON, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("refreshed prices", function () {
  this.timeout(60_000);
  let store: Store;
  let host: CatalogueHost;
  let clock: number;
  let log: string[];
  let published: number;
  let fault: Error | undefined;
  const keepers: CatalogueKeeper[] = [];

  let elsewhere: string;
  before(async () => {
    elsewhere = JSON.stringify(await publishedWith("gpt-99", 9));
    store = await openPglite(); // not the run's: the prices in it change under everybody
  });
  after(() => store.close());
  beforeEach(async () => {
    await store.query("delete from catalogue");
    host = await startCatalogueHost(await publishedWith("gpt-99", 3));
    clock = NOON;
    log = [];
    published = 0;
  });
  afterEach(async () => {
    await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()));
    await host.close();
  });

  const keep = async (over: Store = store, place: "online" | "off" = "online") => {
    const keeper = new CatalogueKeeper({
      ...{ store: over, bundled: await bundledCatalogue(), address: place === "off" ? undefined : host.url, clock: () => clock },
      changed: async () => {
        if (fault) throw fault;
        published++;
      },
      log: (line) => log.push(line),
    });
    keepers.push(keeper);
    await keeper.start();
    await keeper.look();
    return keeper;
  };
  const priceIn = (list: PriceList): ModelPrice | undefined => findPrice(list, { provider: "openai", model: "gpt-99" });
  const price = (keeper: CatalogueKeeper) => priceIn(keeper.catalogue.at(clock))?.rates.input;

  it("are in force when they have come, and say of which day they are", async () => {
    const keeper = await keep();
    const list = keeper.catalogue.at(clock);
    assert.equal(price(keeper), "3000000");
    assert.deepEqual([list.catalogue, list.asOf], ["refreshed", "2026-11-24"]);
    assert.deepEqual(log, ["prices: the catalogue of 2026-11-24 is in force"]);
  });

  it("are asked for once a day, by one process on the store, and only what is new is sent", async () => {
    const [first, second] = [await keep(), await keep()];
    assert.deepEqual([host.asked, price(second)], [[undefined], "3000000"]);
    clock += DAY - 1;
    await Promise.all([first.look(), second.look()]);
    assert.equal(host.asked.length, 1);
    clock += 1;
    await Promise.all([first.look(), second.look()]);
    assert.deepEqual(host.asked, [undefined, '"1"']);
    assert.equal(first.catalogue.asOf, "2026-11-24", "nothing new: of the day when it was last found changed");
    host.publish(await publishedWith("gpt-99", 4));
    clock += DAY;
    await first.look();
    await second.look();
    assert.deepEqual([price(first), price(second), second.catalogue.asOf], ["4000000", "4000000", "2026-11-26"]);
    assert.equal(published, 1, "the first ever are no change");
  });

  it("outlive the process, and need no network then", async () => {
    await keep();
    await host.close();
    const later = await keep(store, "off");
    assert.deepEqual([price(later), log.length], ["3000000", 1]);
  });

  it("are never asked for where they are turned off", async () => {
    const keeper = await keep(store, "off");
    clock += 10 * DAY;
    await keeper.look();
    assert.deepEqual([host.asked, keeper.catalogue.origin], [[], "bundled"]);
  });

  it("follow the calendar without any refresh: what begins on a day is published on it", async () => {
    const keeper = await keep(store, "off");
    assert.equal(published, 0);
    clock = Date.parse("2027-01-01T00:10:00Z");
    await keeper.look();
    await keeper.look();
    assert.equal(published, 1);
  });

  it("are published again where that failed, until it was done for everybody", async () => {
    const keeper = await keep(store, "off");
    clock = Date.parse("2027-01-01T00:10:00Z");
    fault = new Error("the database is away");
    await keeper.look();
    assert.deepEqual([published, log], [0, ["prices: the database is away"]]);
    fault = undefined;
    await keeper.look();
    await keeper.look();
    assert.equal(published, 1);
  });

  const failures: [what: string, answer: NonNullable<CatalogueHost["answer"]> | unknown, words: RegExp][] = [
    [
      "an error",
      (_: unknown, response: { writeHead(status: number): { end(): void } }) => response.writeHead(503).end(),
      /answered 503/,
    ],
    [
      "a redirect, even to a good catalogue",
      ({ url }: { url: string }, response: ServerResponse) =>
        url === "/data.json" ? response.writeHead(302, { location: "/elsewhere" }).end() : response.end(elsewhere),
      /not refreshed: ./,
    ],
    ["no JSON", (_: unknown, response: { end(text: string): void }) => response.end("<html>"), /not refreshed: .*JSON/],
    ["no catalogue", { providers: "none" }, /no catalogue of prices/],
    ["a catalogue without most models", [{ id: "openai", models: [] }], /known models/],
    ["more than 5 MB", "x".repeat(5_000_001), /larger than 5000000 bytes/],
  ];
  for (const [what, answer, words] of failures)
    it(`stay as they were when the host answers with ${what}, which is tried again after an hour`, async () => {
      const keeper = await keep();
      clock += DAY;
      if (typeof answer === "function") host.answer = answer as CatalogueHost["answer"];
      else host.publish(answer);
      await keeper.look();
      assert.match(log.at(-1)!, words);
      assert.deepEqual([price(keeper), keeper.catalogue.asOf], ["3000000", "2026-11-24"]);
      const asked = host.asked.length;
      host.answer = undefined;
      host.publish(await publishedWith("gpt-99", 5));
      clock += HOUR - 1;
      await keeper.look();
      assert.equal(host.asked.length, asked);
      clock += 1;
      await keeper.look();
      assert.equal(price(keeper), "5000000");
    });

  it("stay as they were when nobody is there", async () => {
    await host.close();
    const keeper = await keep();
    assert.match(log[0]!, /^prices: not refreshed: .*ECONNREFUSED/);
    assert.equal(keeper.catalogue.origin, "bundled");
  });

  it("are got over https only, or from this machine", async () => {
    assert.match((await catalogueAddress(undefined))!, /^https:\/\/.*\/data\.json$/);
    assert.equal(await catalogueAddress("off"), undefined);
    assert.equal(await catalogueAddress("https://prices.example.com/x"), "https://prices.example.com/x");
    for (const place of ["http://prices.example.com/x", "file:///etc/passwd", "prices"])
      await assert.rejects(catalogueAddress(place), /no https address/);
  });

  it("reach the other processes on a PostgreSQL at once", async () => {
    const first = await newPostgresStore();
    try {
      const idle = await keep(first.store, "off");
      const heard = heardCatalogue(first.store);
      await keep(first.store);
      await heard;
      await idle.look(); // behind what it heard
      assert.equal(price(idle), "3000000");
    } finally {
      await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()));
      await first.store.close();
    }
  });

  const heardCatalogue = (over: Store) =>
    new Promise<void>((resolve) => {
      void over.subscribe((message) => message.includes('"catalogue"') && resolve());
    });

  describe("at the endpoint", () => {
    let team: TestTeam;
    let refreshing: Endpoint | undefined;
    beforeEach(async () => {
      team = await startTeam(store, { allowances: [{ id: "month", name: "Month", limit: "60" }] });
    });
    afterEach(async () => {
      await refreshing?.close();
      refreshing = undefined;
      const { differences } = await team.admin.verify();
      await team.close();
      assert.deepEqual(differences, []);
    });
    const refresh = async () => {
      refreshing = await createEndpoint({ store, clock: () => team.clock.now, catalogue: host.url });
    };
    const prices = async () => (await call<PriceList>(team.url, team.dev.token, "GET", "/v1/prices")).body;

    it("nobody waits for a host that does not answer", async () => {
      const asked = new Promise<void>((resolve) => {
        host.answer = () => resolve();
      });
      await refresh();
      await asked;
      const url = await refreshing!.listen();
      const { body } = await call<PriceList>(url, team.dev.token, "GET", "/v1/prices");
      assert.equal(body.catalogue, "bundled");
    });

    it("every connected machine hears of them, and the list has another name", async () => {
      const before = await prices();
      const events = await EventReader.open(team.url, team.dev.token);
      await events.next("policy");
      await refresh();
      const { data } = await events.next("prices");
      events.close();
      const after = await prices();
      assert.deepEqual([data.priceRef, after.catalogue, after.asOf], [after.priceRef, "refreshed", "2026-11-24"]);
      assert.notEqual(before.priceRef, after.priceRef);
      assert.equal(priceIn(after)?.rates.output, "3000000");
    });

    it("what was booked at the dearest price is priced again, once, when its own is known", async () => {
      const machine = await startMachine(team.url, team.dev);
      await machine.sync({ needs: [{ id: "a", amount: "20" }] });
      const entry = entryOf({
        provider: "openai",
        model: "gpt-99",
        input: 10_000,
        output: 10_000,
        allowances: machine.keys,
        cost: "7.50",
      });
      await machine.sync({ seq: 2, granted: "20", spent: "7.50", entries: [entry] });
      // The dearest known is o1-pro: 10,000 x $150/M + 10,000 x $600/M = $7.50.
      assert.equal((await figuresOf(team.url, team.dev, "month")).spend, "7.5");
      const events = await EventReader.open(team.url, team.dev.token);
      await refresh();
      await events.next("prices");
      events.close();
      // 20,000 x $3/M
      assert.equal((await figuresOf(team.url, team.dev, "month")).spend, "0.06");
      const rows = await store.query<{ kind: string; cost: string }>(
        "select kind, cost from entry where team = $1 order by received_at, kind desc",
        [team.id],
      );
      assert.deepEqual(
        rows.map(({ kind, cost }) => [kind, cost]),
        [
          ["settle", "7500000000"],
          ["repriced", "-7440000000"],
        ],
      );
    });

    it("a policy that names the price does the same", async () => {
      const machine = await startMachine(team.url, team.dev);
      await machine.sync({ needs: [{ id: "a", amount: "20" }] });
      const entry = entryOf({
        provider: "house",
        model: "own",
        input: 10_000,
        output: 10_000,
        allowances: machine.keys,
        cost: "7.50",
      });
      await machine.sync({ seq: 2, granted: "20", spent: "7.50", entries: [entry] });
      const allowances = [{ id: "month", name: "Month", limit: "60" }];
      await team.pushPolicy({ allowances, prices: [{ model: "other/*", input: "1", output: "1" }] });
      assert.equal((await figuresOf(team.url, team.dev, "month")).spend, "7.5");
      await team.pushPolicy({ allowances, prices: [{ model: "house/*", input: "1", output: "2" }] });
      assert.equal((await figuresOf(team.url, team.dev, "month")).spend, "0.03");
      await team.pushPolicy({ allowances, prices: [{ model: "house/*", input: "5", output: "5" }] });
      assert.equal((await figuresOf(team.url, team.dev, "month")).spend, "0.03", "once: what is known does not reach back");
    });

    it("a rule that is newer than what was booked at the dearest price counts what it is priced at again", async () => {
      const machine = await startMachine(team.url, team.dev);
      await machine.sync({ needs: [{ id: "a", amount: "20" }] });
      const own = { provider: "house", model: "own", input: 10_000, output: 10_000, cost: "7.50", allowances: machine.keys };
      const yesterday = entryOf({ ...own, at: new Date(NOON - DAY).toISOString() });
      await machine.sync({ seq: 2, granted: "20", spent: "15", entries: [entryOf(own), yesterday] });
      const rule = (id: string, more: object = {}) => ({ id, name: id, limit: "60", ...more });
      const allowances = [
        ...[rule("month"), rule("pool", { per: "team" }), rule("day", { period: "day" })],
        ...[rule("house", { models: ["house/*"] }), rule("other", { models: ["other/*"] })],
      ];
      const spend = async () => {
        const { body } = await call<Me>(team.url, team.dev.token, "GET", "/v1/me");
        return body.allowances.map((allowance) => allowance.spend);
      };
      await team.pushPolicy({ allowances });
      assert.deepEqual(await spend(), ["15", "15", "7.5", "15", "0"]);
      await team.pushPolicy({ allowances, prices: [{ model: "house/*", input: "1", output: "2" }] });
      assert.deepEqual(await spend(), ["0.06", "0.06", "0.03", "0.06", "0"]);
    });

    it("an entry is priced by its service tier and as of its instant", async () => {
      const machine = await startMachine(team.url, team.dev);
      await machine.sync({ needs: [{ id: "a", amount: "20" }] });
      const book = async (seq: number, part: Parameters<typeof entryOf>[0]) => {
        const before = Number((await figuresOf(team.url, team.dev, "month")).spend);
        await machine.sync({
          seq,
          granted: "20",
          spent: "0",
          entries: [entryOf({ allowances: machine.keys, cost: "0", ...part })],
        });
        return (Number((await figuresOf(team.url, team.dev, "month")).spend) - before).toFixed(6);
      };
      const gpt = { provider: "openai", model: "gpt-5", input: 100_000 };
      assert.equal(await book(2, gpt), "0.125000");
      assert.equal(await book(3, { ...gpt, serviceTier: "flex" }), "0.062500");
      const deepseek = { provider: "deepseek", model: "deepseek-v4-flash", input: 100_000 };
      assert.equal(await book(4, { ...deepseek, at: "2026-11-24T02:00:00Z" }), "0.044000");
      assert.equal(await book(5, { ...deepseek, at: "2026-11-24T05:00:00Z" }), "0.022000");
      // Nothing is priced as of the future: 2027 has another price, but it is not here yet.
      assert.equal(
        await book(6, { provider: "google", model: "gemini-3.7-flash", input: 100_000, at: "2027-02-01T00:00:00Z" }),
        "0.075000",
      );
    });

    it("what a plan of the team's covers costs the allowances in dollars nothing", async () => {
      await team.pushPolicy({
        allowances: [{ id: "month", name: "Month", limit: "60" }],
        plans: [{ name: "Copilot", models: ["copilot/*"] }],
      });
      const machine = await startMachine(team.url, team.dev);
      const entry = entryOf({
        provider: "copilot",
        model: "gpt-5",
        input: 900_000,
        allowances: machine.keys,
        cost: "0",
        policyVersion: 2,
      });
      await machine.sync({ seq: 2, entries: [entry], policyVersion: 2 });
      assert.equal((await figuresOf(team.url, team.dev, "month")).spend, "0");
    });
  });
});
