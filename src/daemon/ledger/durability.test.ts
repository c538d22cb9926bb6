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

  const settleWithin = (id: string) => {
    ledger.hold(record(id));
    ledger.settle(record(id), { entry: { ...entry(id), cost: record(id).held.usd }, advance: "a" }, []);
  };

  it("is a hold of what was not sent, which needs none then: that it is sent waits for both", () => {
    ledger.release("nothing");
    assert.ok(waited());
    ledger.hold(record("r"));
    assert.ok(!waited());
    ledger.sent("r");
    assert.ok(waited());
  });

  it("is no raise of a hold, no request that was sent, and no hold that was released", () => {
    ledger.hold(record("r"));
    const writes = [() => ledger.hold(record("r"), "grow"), () => ledger.sent("r"), () => ledger.release("r")];
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
    ledger.hold(record("above"));
    ledger.settle(record("above"), { entry: { ...entry("above"), cost: "0.500000001" }, advance: "a" }, []);
    assert.ok(waited());
    ledger.hold(record("tokens"));
    ledger.settle(record("tokens"), { entry: { ...entry("tokens"), tokens: "1000000001" }, advance: "a" }, []);
    assert.ok(waited());
  });

  it("is nothing that the endpoint is told: what a message says of an advance is on the disk first", () => {
    ledger.hold(record("r"));
    ledger.settle(record("r"), { entry: entry("r"), advance: "a" }, [ADVANCE]);
    assert.ok(!waited());
    ledger.saveAdvance("me", ADVANCE);
    assert.ok(waited());
  });

  it("is nothing for long: at the next heartbeat it is on the disk", () => {
    ledger.hold(record("r"));
    ledger.settle(record("r"), { entry: entry("r"), advance: "a" }, []);
    ledger.tidy();
    assert.ok(waited());
  });
});
