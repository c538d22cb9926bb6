import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite, { type DatabaseSync } from "node:sqlite";
import { ADVANCE, entry, record } from "../../../test/daemon/support/records.ts";
import { openDatabase } from "./database.ts";
import { SqliteLedger } from "./sqlite.ts";

describe("what a power cut may undo", () => {
  let folder: string;
  let database: DatabaseSync;
  let ledger: SqliteLedger;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
    const file = join(folder, "ledger.sqlite");
    database = openDatabase(file, sqlite).database;
    ledger = new SqliteLedger(database, file, { wall: Date.now });
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  /** Whether the last transaction waited until the disk had it (SQLite's FULL is 2, its NORMAL 1). */
  const waited = () => database.prepare("PRAGMA synchronous").get()?.synchronous === 2;

  const send = (id: string) => {
    ledger.hold(record(id));
    ledger.sent(id);
  };
  const settleWithin = (id: string) => {
    send(id);
    ledger.settle(record(id), { ...entry(id), cost: record(id).held.usd });
  };

  it("is no request that was sent, no raise of its hold, and none that was released", () => {
    ledger.hold(record("r"));
    const raise = () => ledger.hold({ ...record("r"), sent: true }, "grow");
    const writes = [() => ledger.sent("r"), raise, () => ledger.release("r")];
    for (const [i, write] of writes.entries()) {
      settleWithin(`other ${i}`);
      assert.ok(!waited());
      write();
      assert.ok(waited());
    }
  });

  it("is the settle of a request within its hold, which would be charged in full then; but not of one above it", () => {
    settleWithin("within");
    assert.ok(!waited());
    send("above");
    ledger.settle(record("above"), { ...entry("above"), cost: "0.500000001" });
    assert.ok(waited());
    send("tokens");
    ledger.settle(record("tokens"), { ...entry("tokens"), tokens: "1000000001" });
    assert.ok(waited());
  });

  it("is no settle without a hold on the disk, which nothing would be charged for then", () => {
    settleWithin("within");
    ledger.hold(record("unsent"));
    ledger.settle(record("unsent"), entry("unsent"));
    assert.ok(waited());
  });

  it("is nothing that the endpoint is told: what a message says of an advance is on the disk first", () => {
    settleWithin("r");
    assert.ok(!waited());
    ledger.saveAdvance("me", ADVANCE);
    assert.ok(waited());
  });

  it("is nothing for long: at the next heartbeat it is on the disk", () => {
    settleWithin("r");
    assert.ok(!waited());
    ledger.tidy();
    assert.ok(waited());
  });
});
