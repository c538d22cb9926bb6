import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import { READ_ONLY } from "../../../test/daemon/support/readOnly.ts";
import { ADVANCE, entry, record } from "../../../test/daemon/support/records.ts";
import { parseAmount } from "../../budget/money.ts";
import type { Sqlite } from "./database.ts";
import type { Ledger } from "./ledger.ts";
import { openLedger } from "./open.ts";
import type { StoredAdvance } from "./records.ts";

/** node:sqlite, and the databases that were opened through it: to fill up their disk. */
function tapped(): { sqlite: Sqlite; opened: sqlite.DatabaseSync[] } {
  const opened: sqlite.DatabaseSync[] = [];
  class DatabaseSync extends sqlite.DatabaseSync {
    constructor(...args: ConstructorParameters<typeof sqlite.DatabaseSync>) {
      super(...args);
      opened.push(this);
    }
  }
  return { sqlite: { ...sqlite, DatabaseSync }, opened };
}

describe("a ledger on a bad disk", () => {
  let folder: string;
  let file: string;
  let ledger: Ledger;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
    file = join(folder, "ledger.sqlite");
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  const reopen = async () => {
    ledger = await openLedger({ stateDirectory: folder });
    return ledger;
  };
  /** Spends $0.4 each. */
  const spend = (on: Ledger, ids: readonly string[], before: StoredAdvance = ADVANCE) => {
    on.saveAdvance("me", before);
    for (const id of ids) {
      on.hold(record(id));
      on.sent(id);
      on.settle(record(id), entry(id));
    }
    return { ...before, spent: before.spent + BigInt(ids.length) * parseAmount("0.4") };
  };
  const ids = (on: Ledger) => on.undelivered("me", "a", 99).map(({ id }) => id);

  describe("that is full", () => {
    it("refuses what asks for leave, keeps what has happened, says so, and writes it when there is room", async () => {
      const { sqlite: tap, opened } = tapped();
      ledger = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(tap) });
      ledger.saveAdvance("me", ADVANCE);
      ledger.hold(record("r1"));
      ledger.sent("r1");
      const warnings: (string | undefined)[] = [];
      ledger.onWarning = () => warnings.push(ledger.warning);
      const [database] = opened;
      database!.exec("PRAGMA max_page_count = 1");
      const big = { ...record("r2"), model: "m".repeat(100_000) };
      ledger.hold(big);
      assert.throws(() => ledger.sent("r2"), /full/);
      assert.throws(() => ledger.hold({ ...big, id: "r3" }), /full/, "said before anybody means to send");
      assert.match(ledger.warning!, /cannot be written: database or disk is full\. Until it can, nothing .* is sent/);
      const long = { ...entry("r1"), model: "m".repeat(100_000) };
      assert.throws(() => ledger.settle(record("r1"), long), /full/);
      assert.deepEqual([ledger.entry("r1")?.cost, ledger.pending("me").entries], ["0.4", 1], "counts all the same");
      assert.deepEqual(ledger.advances("me"), [{ ...ADVANCE, spent: parseAmount("0.4") }], "and is spent from its advance");
      assert.deepEqual(ids(ledger), [], "is told to nobody before it is written");
      ledger.tidy();
      assert.notEqual(ledger.warning, undefined);
      database!.exec("PRAGMA max_page_count = 1000000");
      ledger.tidy();
      assert.deepEqual([warnings.length, warnings.at(-1)], [2, undefined]);
      assert.deepEqual([ids(ledger), ledger.pending("me").entries], [["r1"], 1]);
      assert.deepEqual(ledger.verify().differences, []);
    });

    it("sends a request with its hold as it was raised meanwhile", async () => {
      const { sqlite: tap, opened } = tapped();
      ledger = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(tap) });
      ledger.hold(record("r1"));
      opened[0]!.exec("PRAGMA max_page_count = 1");
      const large = { ...ADVANCE, keys: ["k".repeat(100_000)], id: "large" };
      assert.throws(() => ledger.saveAdvance("me", large), /full/);
      opened[0]!.exec("PRAGMA max_page_count = 1000000");
      const raised = { ...record("r1"), held: { usd: "0.9", tokens: "9" } };
      ledger.hold(raised, "grow");
      ledger.sent("r1");
      assert.deepEqual(ledger.openRequests(), [{ ...raised, sent: true }]);
    });

    it("can be begun on with what a killed daemon left, though nothing of that can be written", async () => {
      const first = await reopen();
      first.saveAdvance("me", ADVANCE);
      first.hold({ ...record("left"), sent: true });
      first.close();
      const { sqlite: tap, opened } = tapped();
      ledger = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(tap) });
      opened[0]!.exec("PRAGMA max_page_count = 1");
      const long = { ...entry("left"), model: "m".repeat(100_000) };
      assert.throws(() => ledger.settle({ ...record("left"), sent: true }, long), /full/);
      assert.deepEqual([...ledger.outputs()], []);
      assert.deepEqual(ledger.advances("me"), [{ ...ADVANCE, spent: parseAmount("0.4") }]);
      assert.deepEqual(ledger.undelivered("me", "a", -1), [long], "of what it has spent this is to be told");
    });

    it("counts what waits by what the endpoint has, once it can be written that it has it", async () => {
      const { sqlite: tap, opened } = tapped();
      ledger = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(tap) });
      for (const id of ["r1", "r2"]) ledger.settle(record(id), entry(id));
      assert.equal(ledger.pending("me").entries, 2);
      const [database] = opened;
      database!.exec("PRAGMA max_page_count = 1");
      const large = { ...ADVANCE, keys: ["k".repeat(100_000)], id: "large" };
      assert.throws(() => ledger.exchanged("me", large, false, ["r1"]), /full/);
      assert.equal(ledger.pending("me").entries, 2);
      database!.exec("PRAGMA max_page_count = 1000000");
      ledger.tidy();
      assert.equal(ledger.pending("me").entries, 1);
      ledger.settle(record("r3"), entry("r3"));
      assert.equal(ledger.pending("me").entries, 2);
    });

    it("charges in full, after a crash, what was sent and could not be settled", async () => {
      const { sqlite: tap, opened } = tapped();
      const full = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(tap) });
      full.hold(record("r1"));
      full.sent("r1");
      opened[0]!.exec("PRAGMA max_page_count = 1");
      const long = { ...entry("r1"), model: "m".repeat(100_000) };
      assert.throws(() => full.settle(record("r1"), long), /full/);
      full.close();
      assert.deepEqual((await reopen()).openRequests(), [{ ...record("r1"), sent: true }]);
    });
  });

  it("that is read-only: goes on in memory with what is on it, and says so", async () => {
    const first = await reopen();
    const advance = spend(first, ["r1"]);
    first.saveSnapshot("me", "figures", { spend: "1" });
    first.close();
    const before = readFileSync(file);
    ledger = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(READ_ONLY) });
    spend(ledger, ["r2"], advance);
    assert.match(
      ledger.warning!,
      /cannot be used: attempt to write a readonly database\. .*only remembered while the daemon runs/,
    );
    assert.deepEqual([ids(ledger), ledger.snapshot("me", "figures")], [["r1", "r2"], { spend: "1" }]);
    assert.deepEqual(readFileSync(file), before);
  });

  it("in a runtime without node:sqlite: works in memory, and says which runtimes have it", async () => {
    ledger = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(undefined) });
    spend(ledger, ["r1"]);
    assert.match(ledger.warning!, /no node:sqlite \(Node 22\.13 has it/);
    assert.deepEqual(ids(ledger), ["r1"]);
  });

  describe("that broke its file", () => {
    const many = Array.from({ length: 40 }, (_, index) => `r${index}`);
    /** Overwrites a part of the file. */
    const overwrite = (from: number, length: number) => {
      const descriptor = openSync(file, "r+");
      writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, from);
      closeSync(descriptor);
    };
    const setAside = () => readdirSync(folder).filter((name) => /^ledger\.sqlite\.damaged-\d{8}T\d+Z$/.test(name));

    it("wherever one page is broken: sets it aside, says so, and has every entry and open request that was acknowledged", async () => {
      const first = await reopen();
      const after = spend(first, many);
      first.hold(record("open"));
      first.sent("open");
      first.saveSnapshot("me", "figures", { spend: "24" });
      first.close();
      const whole = readFileSync(file);
      const pageSize = 4096;
      const losses = { entries: 0, requests: 0, spend: 0 };
      const pages = whole.length / pageSize;
      for (let page = 1; page < pages; page++) {
        overwrite(page * pageSize, pageSize);
        const mended = await reopen();
        if (setAside().length === 0)
          assert.equal(mended.warning, undefined); // a page that nothing is on
        else
          assert.match(
            mended.warning!,
            /The ledger was damaged \(.*\) and is set aside as .*damaged-.*Read from it: 4\d entries, /,
          );
        losses.entries += many.filter((id) => mended.entry(id)?.cost !== "0.4").length;
        losses.requests += mended.openRequests().some(({ id, sent }) => id === "open" && sent) ? 0 : 1;
        losses.spend += mended.advances("me").some(({ spent }) => spent === after.spent) ? 0 : 1;
        assert.deepEqual(mended.verify().differences, [], `page ${page}`);
        mended.close();
        for (const name of readdirSync(folder)) rmSync(join(folder, name));
        writeFileSync(file, whole);
      }
      assert.deepEqual(losses, { entries: 0, requests: 0, spend: 0 });
      await reopen();
    });

    it("that is no database any more: sets it aside and begins anew", async () => {
      const letter = "This is a letter to a friend, and no database at all. ".repeat(40);
      writeFileSync(file, letter);
      await reopen();
      assert.match(ledger.warning!, /damaged \(file is not a database\) and is set aside as .*Read from it: 0 entries/);
      assert.equal(readFileSync(join(folder, setAside()[0]!), "utf8"), letter);
      spend(ledger, ["r1"]);
      ledger.close();
      assert.equal((await reopen()).warning, undefined);
      assert.deepEqual(ids(ledger), ["r1"]);
    });

    it("sees a flipped bit that SQLite does not, and believes the journal", async () => {
      const first = await reopen();
      spend(first, ["r1"]);
      first.close();
      const database = new sqlite.DatabaseSync(file);
      database.exec(`UPDATE entry SET body = replace(body, '"cost":"0.4"', '"cost":"0.5"')`);
      database.close();
      await reopen();
      assert.match(ledger.warning!, /a row of entry is not what was written/);
      assert.equal(ledger.entry("r1")?.cost, "0.4");
    });

    it("in the middle of the work: says so, and asks to be opened anew", async () => {
      const { sqlite: tap, opened } = tapped();
      ledger = await openLedger({ stateDirectory: folder, sqlite: Promise.resolve(tap) });
      spend(ledger, many);
      opened[0]!.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = 0; PRAGMA shrink_memory");
      overwrite(4096, statSync(file).size - 4096);
      assert.throws(() => ledger.verify());
      await ledger.damaged;
      assert.match(ledger.warning!, /is damaged: .*mended at the daemon's next start/);
    });

    it("is mended by whoever starts next, whatever moment the mending is killed at", async () => {
      const first = await reopen();
      spend(first, many);
      first.close();
      // Killed while the new one was being written; and after it was whole, before it was in place.
      writeFileSync(`${file}.mending`, "half of a ledger");
      overwrite(4096, 4096);
      (await reopen()).close();
      const mended = readFileSync(file);
      overwrite(0, 4096);
      writeFileSync(`${file}.mended`, mended);
      await reopen();
      assert.deepEqual([ledger.warning, ids(ledger).length], [undefined, many.length]);
      assert.equal(setAside().length > 0, true);
      assert.deepEqual(
        readdirSync(folder).filter((name) => /mend/.test(name)),
        [],
      );
    });

    it("has the spend of an advance whose row is lost reported by a new one", async () => {
      const first = await reopen();
      spend(first, ["r1", "r2"]);
      first.close();
      const database = new sqlite.DatabaseSync(file);
      database.exec("UPDATE advance SET spent = '0'");
      database.close();
      await reopen();
      const [advance] = ledger.advances("me");
      assert.deepEqual([advance!.spent, advance!.remote, ids(ledger)], [parseAmount("0.8"), undefined, ["r1", "r2"]]);
      assert.notEqual(advance!.machine, ADVANCE.machine);
    });
  });
});
