import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAmount, parseAmount } from "../../src/budget/money.ts";
import { FEWEST } from "../../src/budget/policy/visibility.ts";
import { type Entry, ProblemSchema } from "../../src/protocol/endpoint.ts";
import {
  type Report,
  ReportSchema,
  type StoredEntries,
  StoredEntriesSchema,
  TeamGlanceSchema,
} from "../../src/protocol/report.ts";
import { runCommand } from "./support/server.ts";
import { overBothStores } from "./support/stores.ts";
import { call, entryOf, type Member, NOON, startMachine, startTeam, type TestTeam } from "./support/team.ts";

const DAY = 86_400_000;
const at = (daysAgo: number) => new Date(NOON - daysAgo * DAY).toISOString();
const MONTHS = "from=2026-10-01&to=2026-11-24";
const POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "60" },
    { id: "pool", name: "Pool", per: "team", limit: "400" },
  ],
  prices: [
    { model: "test/one", input: "1", output: "10" },
    { model: "test/two", input: "2", output: "10" },
  ],
};

overBothStores("a report", (under) => {
  let team: TestTeam;
  beforeEach(async () => {
    team = await startTeam(under.store, POLICY);
  });
  afterEach(() => team.close());

  const read = async (query: string, member: Member = team.lead): Promise<Report> => {
    const { status, body } = await call(team.url, member.token, "GET", `/v1/report?${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return ReportSchema.parse(body);
  };
  const refused = async (query: string, member: Member = team.lead) => {
    const { status, body } = await call(team.url, member.token, "GET", `/v1/report?${query}`);
    return [
      status,
      ProblemSchema.parse(body)
        .faults?.map(({ pointer }) => pointer)
        .join(),
    ];
  };
  const costs = ({ rows }: Report, dimension: string) => rows.map(({ by, cost }) => [by[dimension], cost]);
  const use = (member: Member, ...entries: Partial<Entry>[]) =>
    team.admin.importEntries(
      member.id,
      entries.map((one) => entryOf({ input: 100_000, ...one })),
    );
  const show = (visibility: string) => team.pushPolicy({ ...POLICY, visibility });
  const glance = async (member: Member = team.lead) =>
    TeamGlanceSchema.parse((await call(team.url, member.token, "GET", "/v1/team")).body);
  const joinMany = (count: number) => Promise.all(Array.from({ length: count }, () => team.join()));

  it("tells spend apart by developer, model, project, purpose, day, way in and how it is known; exact, and each sum is the total", async () => {
    await use(team.dev, { at: at(1), project: "acme/booking", purpose: "incident" }, { at: at(1), origin: "chat" });
    await use(team.lead, { at: at(2), model: "two", usageSource: "uncertain" }, { at: at(0), input: 3 } as object);
    assert.deepEqual(costs(await read("groupBy=developer"), "developer"), [
      ["A lead", "0.200003"],
      ["A developer", "0.2"],
    ]);
    assert.deepEqual(costs(await read("groupBy=model"), "model"), [
      ["test/one", "0.200003"],
      ["test/two", "0.2"],
    ]);
    assert.deepEqual(costs(await read("groupBy=project"), "project"), [
      ["", "0.300003"],
      ["acme/booking", "0.1"],
    ]);
    assert.deepEqual(costs(await read("groupBy=purpose"), "purpose")[1], ["incident", "0.1"]);
    assert.deepEqual(costs(await read("groupBy=day"), "day"), [
      ["2026-11-22", "0.2"],
      ["2026-11-23", "0.2"],
      ["2026-11-24", "0.000003"],
    ]);
    assert.deepEqual(costs(await read("groupBy=source"), "source")[1], ["chat", "0.1"]);
    const sources = await read("groupBy=usageSource");
    assert.deepEqual(costs(sources, "usageSource")[1], ["uncertain", "0.2"]);
    assert.deepEqual(sources.total.uncertain, { requests: 1, cost: "0.2" });
    const both = await read("groupBy=developer,model");
    assert.deepEqual(
      [both.rows.length, both.total.cost, both.total.requests, both.total.usage.input],
      [3, "0.400003", 4, 300_003],
    );
    assert.equal((await read("")).rows.length, 1);
  });

  it("counts what was settled at the endpoint's price, with what it took above its hold, once", async () => {
    const machine = await startMachine(team.url, team.dev);
    const { body } = await machine.sync({ seq: 1, want: "5" });
    const entry = entryOf({ input: 1_000_000, cost: "0.7", held: { usd: "0.4", tokens: "0" }, allowances: machine.keys });
    const message = { granted: body.granted, spent: "0.7", entries: [entry] };
    await machine.sync({ seq: 2, ...message });
    await machine.sync({ seq: 3, ...message });
    const { total } = await read("groupBy=developer");
    assert.deepEqual([total.requests, total.guarded, total.cost, total.overshoot], [1, 1, "1", "0.6"]);
  });

  it("has the cost of what was priced again when its price was known", async () => {
    await use(team.dev, { provider: "test", model: "later" });
    const before = (await read("groupBy=model")).total.cost;
    await team.pushPolicy({ ...POLICY, prices: [...POLICY.prices, { model: "test/later", input: "5", output: "5" }] });
    assert.notEqual(before, "0.5");
    assert.equal((await read("groupBy=model")).total.cost, "0.5");
  });

  it("is of the days asked for, in the policy's time zone: this month's, unless others are", async () => {
    await use(team.dev, { at: "2026-10-31T22:59:00Z" }, { at: "2026-10-31T23:00:00Z" }, { at: at(0) });
    const { from, to, total, timeZone } = await read("groupBy=day");
    assert.deepEqual([from, to, timeZone, total.requests], ["2026-11-01", "2026-11-24", "Europe/Copenhagen", 2]);
    assert.deepEqual(costs(await read("groupBy=day&from=2026-10-31&to=2026-10-31"), "day"), [["2026-10-31", "0.1"]]);
    assert.deepEqual(await refused("from=2026-11-02&to=2026-11-01"), [422, "/from"]);
    assert.deepEqual(await refused("from=2024-11-02"), [422, "/from"]);
    assert.deepEqual(await refused("from=0000-01-01&to=0000-01-02"), [422, "/from,/to"]);
    assert.deepEqual(await refused("groupBy=mood"), [422, "/groupBy/0"]);
    assert.deepEqual(await refused("by=day"), [422, "/by"]);
  });

  it("is a developer's own alone, and of no other team", async () => {
    const other = await startTeam(under.store, POLICY);
    await other.admin.importEntries(other.dev.id, [entryOf({ at: at(1) })]);
    await other.close();
    await use(team.lead, { at: at(1) }, { at: at(1) });
    await use(team.dev, { at: at(1) });
    const own = await read("groupBy=developer", team.dev);
    assert.deepEqual([own.whose, own.total.requests, own.rows.length], ["me", 1, 1]);
    assert.equal((await read("groupBy=developer&whose=team", team.dev)).total.requests, 1);
    assert.equal((await read("groupBy=developer")).total.requests, 3);
    assert.equal((await read("groupBy=developer&whose=me")).total.requests, 2);
  });

  it("is CSV where that is asked for, by a header or by a word", async () => {
    await use(team.dev, { at: at(1), project: "=evil()" });
    const get = (query: string, accept = "*/*") =>
      fetch(`${team.url}/v1/report?${query}`, { headers: { authorization: `Bearer ${team.lead.token}`, accept } });
    const byWord = await get("groupBy=project&format=csv");
    assert.match(byWord.headers.get("content-type")!, /^text\/csv/);
    assert.match(byWord.headers.get("content-disposition")!, /filename="token-budget-project-2026-11-01-2026-11-24\.csv"/);
    const text = await byWord.text();
    assert.match(text, /^project,requests,guarded,cost_usd,.*\r\n"'=evil\(\)",1,1,0\.1,/);
    assert.equal(await (await get("groupBy=project", "text/csv")).text(), text);
    assert.match((await get("groupBy=project")).headers.get("content-type")!, /^application\/json/);
  });

  it("shows a pseudonym that is the same all month, another in the next, and nobody's name or id, where the policy says so", async () => {
    await use(team.dev, { at: at(1) }, { at: at(2), model: "two" }, { at: at(30) });
    await show("pseudonym");
    const { rows } = await read(`${MONTHS}&groupBy=developer,model`);
    const names = [...new Set(rows.map(({ by }) => by.developer!))];
    assert.deepEqual([rows.length, names.length], [3, 2]);
    assert.ok(names.every((name) => /^Developer [2-9A-Z]{6}$/.test(name)));
    const november = rows.filter(({ by }) => by.model === "test/two")[0]!.by.developer;
    assert.equal((await glance()).people.filter(({ name }) => name === november).length, 1);
    const said = JSON.stringify([await read(`${MONTHS}&groupBy=developer`), await glance()]);
    for (const secret of [team.dev.id, team.dev.name, team.dev.email!]) assert.ok(!said.includes(secret), secret);
    assert.deepEqual(costs(await read("groupBy=developer", team.dev), "developer"), [["A developer", "0.3"]]);
    assert.equal((await glance(team.dev)).people[0]!.name, november, "a developer sees what the lead sees");
  });

  it("shows sums over five people in whole weeks alone, where the policy says so", async () => {
    const people = [team.dev, ...(await joinMany(5))];
    for (const [index, person] of people.entries())
      await use(
        person,
        { at: at(9) },
        { at: at(9 + index), model: "two" },
        { at: at(1) },
        { at: at(20), model: index === 0 ? "one" : "two" },
      );
    await show("aggregate");
    assert.deepEqual(await refused("groupBy=developer"), [422, "/groupBy"]);
    assert.deepEqual(await refused("groupBy=model,project"), [422, "/groupBy"]);
    const weeks = await read(`${MONTHS}&groupBy=day`);
    assert.ok(weeks.rows.length >= 2);
    assert.ok(weeks.rows.every(({ by, through }) => through! > by.day! && through! < "2026-11-23"));
    const models = await read(`${MONTHS}&groupBy=model`);
    assert.ok(models.rows.some(({ by }) => by.model === "test/two"));
    assert.equal(models.total.overshoot, undefined);
    const { people: shown, size, shared } = await glance();
    assert.deepEqual([shown, size, shared.length], [[], 7, 1]);
    assert.deepEqual((await read("groupBy=developer", team.dev)).rows.length, 1, "one's own is always told");
  });

  it("never lets two answers differ by what fewer than five people did, where only sums are shown", async function () {
    this.timeout(120_000);
    const people = [team.dev, team.lead, ...(await joinMany(6))];
    // Each request costs another power of two, so that every sum says which requests are in it.
    const entries = Array.from({ length: 48 }, (_, index) => ({
      who: (index * 5 + (index >> 3)) % people.length,
      input: 2 ** index,
    }));
    for (const [index, { who, input }] of entries.entries())
      await use(people[who]!, {
        ...({ input } as object),
        ...{ at: at(1 + ((index * 7) % 50)), model: index % 3 ? "one" : "two", origin: index % 7 ? "chat" : "send" },
        ...(index % 2 && { project: index % 4 === 1 ? "acme/a" : "acme/b" }),
      });
    await team.pushPolicy({ ...POLICY, visibility: "aggregate", prices: [{ model: "test/*", input: "1", output: "1" }] });
    const peopleIn = (usage: number) =>
      new Set(entries.filter(({ input }) => (BigInt(usage) / BigInt(input)) % 2n === 1n).map(({ who }) => who));
    const query = fc.record({
      start: fc.integer({ min: 0, max: 60 }),
      days: fc.integer({ min: 0, max: 60 }),
      groupBy: fc.constantFrom("", "day", "model", "project", "source", "usageSource"),
    });
    const ask = async ({ start, days, groupBy }: { start: number; days: number; groupBy: string }) => {
      const [from, to] = [at(start + days), at(start)].map((instant) => instant.slice(0, 10));
      const { rows, total } = await read(`from=${from}&to=${to}&groupBy=${groupBy}`);
      return [...rows, total].map(({ usage }) => usage.input);
    };
    await fc.assert(
      fc.asyncProperty(query, query, async (one, other) => {
        const [a, b] = [await ask(one), await ask(other)];
        for (const sum of [...a, ...b].filter((size) => size > 0)) assert.ok(peopleIn(sum).size >= FEWEST, "a sum of too few");
        for (const x of a)
          for (const y of b) {
            const isIn = (BigInt(x) & BigInt(y)) === BigInt(y);
            if (isIn && x > y) assert.ok(peopleIn(x - y).size >= FEWEST, "a difference of too few");
          }
      }),
      { numRuns: 60 },
    );
  });

  it("at a glance tells who stands where, with how their days have been; a developer sees themselves", async () => {
    await use(team.dev, ...Array.from({ length: 30 }, (_, index) => ({ at: at(index + 1), ...({ input: 400_000 } as object) })));
    const { people, size, shared, visibility } = await glance();
    assert.deepEqual([size, people.length, visibility], [2, 2, "person"]);
    const dev = people.find(({ name }) => name === "A developer")!;
    assert.equal(dev.allowances[0]!.spend, formatAmount(parseAmount("0.4") * 23n));
    assert.ok(Math.abs(dev.patterns.month!.daily - 0.4) < 0.01);
    assert.deepEqual(
      shared.map(({ id }) => id),
      ["pool"],
    );
    assert.deepEqual(
      (await glance(team.dev)).people.map(({ name }) => name),
      ["A developer"],
    );
  });

  it("gives everybody their own entries as they are stored, and nobody else's", async () => {
    await use(team.dev, { at: at(1), project: "acme/booking" });
    await use(team.lead, { at: at(1) });
    const { body } = await call<StoredEntries>(team.url, team.dev.token, "GET", "/v1/entries");
    const [entry, ...more] = StoredEntriesSchema.parse(body);
    assert.deepEqual(more, []);
    assert.deepEqual([entry!.person, entry!.cost, entry!.project, entry!.at], [team.dev.id, "0.1", "acme/booking", at(1)]);
  });

  it("comes to the command line through the running endpoint, as a table, CSV or JSON", async () => {
    await use(team.dev, { at: at(1) });
    const env = { TOKEN_BUDGET_ENDPOINT: team.url, TOKEN_BUDGET_TOKEN: team.lead.token };
    const dates = ["--from", "2026-11-01", "--to", "2026-11-24"];
    const table = await runCommand(["report", "--by", "developer", ...dates], env);
    assert.deepEqual(table.out.trimEnd().split("\n"), [
      "developer    requests  cost  tokens",
      "A developer         1  $0.1    100k",
      "all                 1  $0.1    100k",
    ]);
    const csv = await runCommand(["report", "--by", "model,day", ...dates, "--format", "csv"], env);
    assert.match(csv.out, /^model,day,requests,guarded,cost_usd,.*\r?\ntest\/one,2026-11-23,1,1,0\.1,/);
    const json = await runCommand(["report", ...dates, "--mine", "--format", "json"], env);
    assert.equal(ReportSchema.parse(JSON.parse(json.out)).total.requests, 0);
    const wrong = await runCommand(["report", "--by", "mood"], env);
    assert.equal(wrong.code, 1);
  });
});
