import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import { formatAmount, ONE } from "../../budget/money.ts";
import { totalOf } from "../../budget/spending/spending.ts";
import { usageOf } from "../../wire/usage.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger } from "../ledger/open.ts";
import type { LocalEntry, OpenRecord } from "../ledger/records.ts";
import { DayBook } from "./dayBook.ts";
import { HistoryBook, type HistoryView } from "./history.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const DAY = 86_400_000;

/** What to write down: by default $1 at test/one, now, from no workspace, for "me". */
interface Spent {
  at?: number;
  cost?: string;
  model?: string;
  workspace?: string;
  account?: string;
  uncertain?: boolean;
}

let count = 0;

function entryOf({ at = NOW, cost = "1", model = "one", uncertain = false }: Spent): LocalEntry["entry"] {
  return {
    ...{ id: `e${++count}`, at: new Date(at).toISOString(), origin: "chat", provider: "test", model },
    ...{ usage: usageOf({ output: 5 }), usageSource: uncertain ? "uncertain" : "provider", cost, tokens: "100" },
    ...{ priceRef: "p", policyVersion: 1, held: { usd: "1", tokens: "100" }, allowances: [] },
  };
}

function write(ledger: Ledger, spent: Spent = {}): void {
  const entry = entryOf(spent);
  const record: OpenRecord = {
    ...{ ...entry, account: spent.account ?? "me", heldUsage: entry.usage, holds: [], sent: true },
    price: { provider: "test", model: "one", name: "One", rates: { input: "1", output: "1" }, source: "policy" },
    ...(spent.workspace && { workspace: spent.workspace }),
  };
  ledger.settle(record, entry);
}

const view = (more: Partial<HistoryView> = {}): HistoryView => ({
  ...{ account: "me", timeZone: "UTC", now: NOW, allowances: [] },
  ...more,
});

describe("the history of an account", () => {
  let folder: string;
  let ledger: Ledger;
  let book: HistoryBook;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "tb-history-"));
    ledger = await openLedger({ stateDirectory: folder });
    book = new HistoryBook(ledger);
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  it("sums up by day, model, workspace and way in", async () => {
    write(ledger, { workspace: "ferry", cost: "0.10" });
    write(ledger, { workspace: "ferry", cost: "0.20", uncertain: true });
    write(ledger, { model: "two" });
    write(ledger, { at: NOW - DAY });
    write(ledger, { account: "you" });
    const row = { day: "2026-11-24", provider: "test", model: "one", origin: "chat", requests: 1, uncertain: 0 };
    assert.deepEqual(await book.history(view(), 14), {
      ...{ timeZone: "UTC", from: "2026-11-11", today: "2026-11-24", first: "2026-11-23" },
      rows: [
        { ...row, day: "2026-11-23", cost: "1", tokens: "100" },
        { ...row, workspace: "ferry", requests: 2, uncertain: 1, cost: "0.3", tokens: "200" },
        { ...row, model: "two", cost: "1", tokens: "100" },
      ],
      patterns: {},
    });
  });

  it("begins its days where the team or the person is", async () => {
    write(ledger, { at: Date.parse("2026-11-24T03:00:00Z") });
    const days = async (timeZone: string) => (await book.history(view({ timeZone }), 14)).rows.map(({ day }) => day);
    assert.deepEqual(await days("UTC"), ["2026-11-24"]);
    assert.deepEqual(await days("America/New_York"), ["2026-11-23"]);
    assert.deepEqual(await days("UTC"), ["2026-11-24"]);
  });

  it("reads only what is new, each entry once, however many ask at once", async () => {
    for (let i = 0; i < 1_234; i++) write(ledger);
    const read: number[] = [];
    const { entriesAfter } = ledger;
    ledger.entriesAfter = (...asked) => {
      const found = entriesAfter.apply(ledger, asked);
      read.push(found.entries.length);
      return found;
    };
    const requests = async () => (await book.history(view(), 14)).rows[0]?.requests;
    assert.deepEqual(await Promise.all([requests(), requests(), requests()]), [1_234, 1_234, 1_234]);
    assert.equal(
      read.reduce((sum, one) => sum + one),
      1_234,
    );
    assert.ok(Math.max(...read) <= 500); // in slices
    write(ledger);
    read.length = 0;
    assert.equal(await requests(), 1_235);
    assert.deepEqual(read, [1]);
  });

  it("is another one for another account, and the first one's again after that", async () => {
    write(ledger);
    write(ledger, { account: "", cost: "7" });
    const costs = async (account: string) => (await book.history(view({ account }), 1)).rows.map(({ cost }) => cost);
    assert.deepEqual([await costs("me"), await costs(""), await costs("me")], [["1"], ["7"], ["1"]]);
  });

  it("goes back a quarter of a year, and no further", async () => {
    for (const days of [0, 13, 14, 91, 92, 400]) write(ledger, { at: NOW - days * DAY });
    const rows = async (days: number) => (await book.history(view(), days)).rows.length;
    assert.deepEqual(
      [await rows(14), await rows(92), await rows(10_000), await rows(-3), await rows(Number.NaN)],
      [2, 4, 4, 1, 1],
    );
    assert.equal((await book.history(view({ now: NOW + 80 * DAY }), 92)).rows.length, 1); // what is over is forgotten
  });

  it("knows how the days of each allowance usually are, by its models and unit; not those of the team's", async () => {
    const allowance = (id: string, more: Partial<MachineAllowance> = {}): MachineAllowance => ({
      ...{ key: `${id}|me|2026-11`, id, name: id, per: "developer", unit: "usd", limit: "60", softLimit: 0.8 },
      period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
      ...{ spend: "0", held: "0", ownFree: "0" },
      ...more,
    });
    // Three whole weeks of $2 a working day, a fourth of it at "two"; what is spent today does not count yet.
    for (let days = 1; days <= 21; days++) {
      const at = NOW - days * DAY;
      if (new Date(at).getUTCDay() % 6 === 0) continue;
      write(ledger, { at, cost: "1.50" });
      write(ledger, { at, cost: "0.50", model: "two" });
    }
    write(ledger, { cost: "500" });
    const allowances = [
      allowance("month"),
      allowance("two", { models: ["test/two"] }),
      allowance("tokens", { unit: "tokens" }),
      allowance("nothing", { models: ["other/*"] }),
      allowance("pool", { per: "team" }),
    ];
    const { patterns } = await book.history(view({ allowances }), 1);
    assert.deepEqual(Object.keys(patterns), ["month", "two", "tokens"]);
    const daily = Object.values(patterns).map((pattern) => (pattern.daily * 21) / 15);
    assert.deepEqual(
      daily.map((one) => one.toFixed(6)),
      ["2.000000", "0.500000", "200.000000"],
    );
    assert.ok(patterns.month!.weekdays[2]! > 8 * patterns.month!.weekdays[5]!);
  });
});

describe("a day with more kinds of requests than can be told apart", () => {
  it("keeps the first ones, and sums up the others", () => {
    const book = new DayBook("UTC");
    for (let i = 0; i < 1_000; i++) book.add({ entry: entryOf({ model: `m${i}` }), covered: false });
    book.add({ entry: entryOf({ model: "m0" }), covered: false });
    const rows = book.rows("2026-11-24", "2026-11-24");
    assert.equal(rows.length, 201);
    assert.equal(formatAmount(totalOf(rows).usd), formatAmount(1_001n * ONE));
    assert.equal(rows[0]?.requests, 2);
    assert.deepEqual([rows.at(-1)?.model, rows.at(-1)?.requests], ["", 800]);
  });
});
