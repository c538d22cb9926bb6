import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ADVANCE, entry, record } from "../../../test/daemon/support/records.ts";
import { parseAmount } from "../../budget/money.ts";
import type { Ledger } from "./ledger.ts";
import { openLedger } from "./open.ts";

const DAY = 24 * 3_600_000;

describe("what the ledger forgets", () => {
  let folder: string;
  let ledger: Ledger;
  let now = Date.parse("2026-01-01T00:00:00.000Z");
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
    ledger = await openLedger({ stateDirectory: folder, wall: () => now });
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  const settle = (id: string, advance = "a") => {
    const at = new Date(now).toISOString();
    const own = { ...record(id), at, holds: [{ advance, unit: "usd" as const, amount: "0.5" }] };
    ledger.saveAdvance("me", { ...ADVANCE, id: advance });
    ledger.hold(own);
    ledger.settle(own, { ...entry(id), at });
  };
  const lines = () => {
    const database = new DatabaseSync(join(folder, "ledger.sqlite"), { readOnly: true });
    const requests = database.prepare("SELECT DISTINCT request FROM journal ORDER BY seq").all();
    database.close();
    return requests.map(({ request }) => request);
  };
  const tidyAll = () => {
    for (let step = 0; step < 20; step++) ledger.tidy();
  };

  it("is lines of the journal that are over, told and 35 days old; entries are there for more than a year", () => {
    settle("told");
    ledger.exchanged("me", { ...ADVANCE, spent: parseAmount("0.4") }, true, ["told"]);
    settle("waits", "b");
    ledger.hold({ ...record("open"), sent: true });
    now += 36 * DAY;
    settle("young", "c");
    tidyAll();
    assert.deepEqual(lines(), ["waits", "open", "young"]);
    assert.deepEqual([ledger.entry("told")?.cost, ledger.openRequests().length], ["0.4", 1]);
    assert.deepEqual(ledger.verify().differences, []);
    now += 365 * DAY;
    settle("new", "d");
    tidyAll();
    assert.deepEqual([ledger.entry("told"), ledger.entry("waits")?.cost, ledger.entry("young")?.cost], [undefined, "0.4", "0.4"]);
    assert.deepEqual(ledger.verify().differences, []);
  });

  it("is nothing where the clock alone is ahead", () => {
    settle("told");
    ledger.exchanged("me", { ...ADVANCE, spent: parseAmount("0.4") }, true, ["told"]);
    now += 1000 * DAY;
    tidyAll();
    now -= 1000 * DAY;
    assert.deepEqual([lines(), ledger.entry("told")?.cost], [["told"], "0.4"]);
  });

  it("comes a few hundred rows at a time", () => {
    for (let index = 0; index < 160; index++) settle(`r${index}`);
    ledger.exchanged(
      "me",
      ADVANCE,
      true,
      Array.from({ length: 160 }, (_, index) => `r${index}`),
    );
    now += 36 * DAY;
    settle("young", "c");
    ledger.tidy();
    assert.equal(lines().length, 11);
    tidyAll();
    assert.deepEqual(lines(), ["young"]);
  });
});

describe("verifying the ledger", () => {
  it("names what is not as the journal says", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
    const ledger = await openLedger({ stateDirectory: folder });
    ledger.saveAdvance("me", ADVANCE);
    ledger.hold(record("r1"));
    ledger.settle(record("r1"), entry("r1"));
    ledger.hold({ ...record("r2"), sent: true });
    assert.deepEqual(ledger.verify(), { lines: 3, entries: 1, differences: [] });
    // As a fault of the program would write it: each row whole, their sum wrong.
    ledger.saveAdvance("me", { ...ADVANCE, spent: parseAmount("0.3") });
    ledger.settle({ ...record("r3"), holds: [] }, entry("r3"));
    ledger.tidy();
    const database = new DatabaseSync(join(folder, "ledger.sqlite"));
    database.exec("DELETE FROM entry WHERE id = 'r1'; DELETE FROM request");
    database.close();
    assert.deepEqual(ledger.verify().differences, [
      "entry r1 is only in the journal",
      "request r2 is open by the journal alone",
      "advance a has spent 0.3, and 0.4 by the journal",
    ]);
    ledger.close();
    rmSync(folder, { recursive: true });
  });
});
