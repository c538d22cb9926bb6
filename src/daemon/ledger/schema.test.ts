import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { ADVANCE, entry, record } from "../../../test/daemon/support/records.ts";
import { formatAmount, parseAmount } from "../../budget/money.ts";
import type { Ledger } from "./ledger.ts";
import { openLedger } from "./open.ts";
import { NEWEST, STEPS, versionOf } from "./schema.ts";
import { addSumFunction, SUMMED, type SummedTable, sumOf } from "./sum.ts";

const KILLED = fileURLToPath(new URL("../../../test/daemon/fixtures/killedMigration.ts", import.meta.url));

describe("a ledger of an earlier version", () => {
  let folder: string;
  let file: string;
  let ledger: Ledger | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
    file = join(folder, "ledger.sqlite");
  });
  afterEach(() => {
    ledger?.close();
    ledger = undefined;
    rmSync(folder, { recursive: true });
  });

  /** A ledger as that version wrote it: one request settled and undelivered, one open and sent. */
  const writeVersion = (version: number) => {
    const database = new DatabaseSync(file);
    addSumFunction(database);
    for (const step of STEPS.slice(0, version)) database.exec(step);
    const insert = (table: SummedTable | "snapshot", values: Record<string, string | number | null>) => {
      const isSummed = version >= 4 && table !== "snapshot";
      const row = isSummed ? { ...values, sum: sumOf(...SUMMED[table].map((column) => values[column] ?? null)) } : values;
      const places = Object.keys(row).map(() => "?");
      const into = `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${places.join(", ")})`;
      database.prepare(into).run(...Object.values(row));
    };
    const { at } = record("r1");
    const body = JSON.stringify(entry("r1"));
    insert("journal", { at, kind: "hold", request: "r1", body: JSON.stringify(record("r1")) });
    insert("journal", { at, kind: "settle", request: "r1", body });
    insert("journal", { at, kind: "hold", request: "r2", body: JSON.stringify(record("r2")) });
    insert("journal", { at, kind: "sent", request: "r2", body: null });
    if (version >= 4) insert("journal", { at, kind: "opening", request: "a", body: JSON.stringify({ spent: "0.4" }) });
    insert("request", { id: "r2", body: JSON.stringify(record("r2")), sent: 1 });
    const own = { id: "r1", account: "me", advance: "a", usage_source: "provider", delivered: 0, body };
    insert("entry", version >= 3 ? { ...own, at } : own);
    const figures = { granted: formatAmount(ADVANCE.granted), spent: "0.4", returned: "0", seq: 1, finished: 0 };
    insert("advance", { id: "a", remote: null, account: "me", machine: "m", unit: "usd", keys: '["k"]', ...figures });
    insert("snapshot", { account: "me", name: "figures", body: "1" });
    database.exec(`PRAGMA user_version = ${version}`);
    database.close();
  };
  const isWhole = () => {
    assert.equal(ledger!.warning, undefined);
    assert.deepEqual(ledger!.undelivered("me", "a", -1), [entry("r1")]);
    assert.deepEqual(ledger!.entriesSince("me", "2026-11"), [entry("r1")]);
    assert.deepEqual(ledger!.openRequests(), [{ ...record("r2"), sent: true }]);
    assert.deepEqual(ledger!.advances("me"), [{ ...ADVANCE, spent: parseAmount("0.4") }]);
    assert.equal(ledger!.snapshot("me", "figures"), 1);
    assert.deepEqual(ledger!.verify().differences, []);
  };
  const backups = () => readdirSync(folder).filter((name) => name.endsWith(".backup"));

  for (let version = 1; version < NEWEST; version++)
    it(`${version} is taken with all that is in it, after it was backed up as it was`, async () => {
      writeVersion(version);
      ledger = await openLedger({ stateDirectory: folder });
      isWhole();
      assert.deepEqual(backups(), [`ledger.sqlite.v${version}.backup`]);
      const copy = new DatabaseSync(join(folder, backups()[0]!), { readOnly: true });
      assert.deepEqual([versionOf(copy), copy.prepare("SELECT id FROM entry").all().length], [version, 1]);
      copy.close();
    });

  it("keeps the newest backup alone, once a start went well without a migration", async () => {
    writeVersion(1);
    (await openLedger({ stateDirectory: folder })).close();
    writeFileSync(join(folder, "ledger.sqlite.v2.backup"), "newer");
    ledger = await openLedger({ stateDirectory: folder });
    assert.deepEqual(backups(), ["ledger.sqlite.v2.backup"]);
  });

  it("is as it was, or whole in the new version, whatever moment of its migration the daemon is killed at", async function () {
    this.timeout(60_000);
    writeVersion(1);
    writeFileSync(join(folder, "ledger.sqlite.v1.backup.part"), "half of a backup");
    for (const checksums of [0, 3, 5, 7]) {
      const [code, signal] = await once(
        spawn(process.execPath, [KILLED, folder, String(checksums)], { stdio: "ignore" }),
        "exit",
      );
      assert.deepEqual([code, signal], [null, "SIGKILL"], `after ${checksums} checksums`);
      const database = new DatabaseSync(file);
      assert.equal(versionOf(database), 3, "the steps before it are done");
      database.close();
    }
    ledger = await openLedger({ stateDirectory: folder });
    isWhole();
  });
});
