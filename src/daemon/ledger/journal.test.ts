import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import fc from "fast-check";
import { READ_ONLY } from "../../../test/daemon/support/readOnly.ts";
import { ADVANCE, entry, record } from "../../../test/daemon/support/records.ts";
import { formatAmount, parseAmount } from "../../budget/money.ts";
import type { Ledger } from "./ledger.ts";
import { openLedger } from "./open.ts";
import type { OpenRecord } from "./records.ts";

const USD = { advance: "a", unit: "usd" as const, amount: "0.5" };
const TOKENS = { advance: "t", unit: "tokens" as const, amount: "5" };
/** A frame of SQLite's log: a page and its header. */
const FRAME = 4096 + 24;

describe("the tables that are made of the journal", () => {
  let folder: string;
  let ledger: Ledger;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
    ledger = await openLedger({ stateDirectory: join(folder, "live") });
    for (const [id, unit] of [["a", "usd"] as const, ["t", "tokens"] as const])
      ledger.saveAdvance("me", { ...ADVANCE, id, unit, granted: 10n });
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  const says = (one: Ledger) => ({
    open: one.openRequests(),
    advances: one.advances("me"),
    entries: [...one.entriesAfter(undefined, 0, "", 999).entries, ...one.entriesSince("me", "")],
    undelivered: one.undelivered("me", "a", -1),
    pending: one.pending("me"),
  });

  /** What a killed daemon left, opened after some damage to it. */
  const openedAfter = async (damage: string) => {
    const stateDirectory = mkdtempSync(join(folder, "damaged-"));
    cpSync(join(folder, "live"), stateDirectory, { recursive: true });
    const database = new sqlite.DatabaseSync(join(stateDirectory, "ledger.sqlite"));
    database.exec(damage);
    database.close();
    return openLedger({ stateDirectory });
  };

  const step = fc.record({
    what: fc.constantFrom("send", "raise", "settle", "settle", "release", "draw", "exchange", "keep", "learn"),
    holds: fc.constantFrom<OpenRecord["holds"]>([USD], [TOKENS], [USD, TOKENS], []),
    which: fc.nat(9),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** What may come next, done to a ledger. */
  function* doing(on: Ledger): Generator<void, void, Step> {
    const open: OpenRecord[] = [];
    const base = record("base");
    for (let count = 0; ; count++) {
      const { what, holds, which } = yield;
      const one = open[which % Math.max(1, open.length)];
      const fresh = { ...base, id: `r${count}`, holds };
      if (what === "send") {
        on.hold(fresh);
        on.sent(fresh.id);
        open.push({ ...fresh, sent: true });
      } else if (what === "raise" && one) {
        one.held = { usd: formatAmount(BigInt(which) + 500_000_000n), tokens: "6" };
        on.hold(one, "grow");
      } else if ((what === "settle" || what === "release") && one) {
        open.splice(open.indexOf(one), 1);
        if (what === "settle") on.settle(one, entry(one.id, which > 7 ? "uncertain" : "provider"));
        else on.release(one.id);
      } else if (what === "draw") on.draw({ ...fresh, sent: true }, entry(fresh.id), one);
      else if (what === "exchange") {
        const [advance] = on.advances("me");
        on.exchanged(
          "me",
          { ...advance!, granted: advance!.granted + 1n },
          false,
          on.undelivered("me", advance!.id, 2).map(idOf),
        );
      } else if (what === "keep") {
        const entries = on.undelivered("me", "a", 1);
        on.handOver("me", { from: "none", to: "t", charged: 0n, entries }, []);
      } else if (what === "learn")
        on.learn({
          changed: [[`key ${which % 3}`, { buckets: { 1: count } }]],
          forgotten: [],
        });
    }
  }

  it("say the same after a kill at any moment, however far they were behind", async () => {
    let run = 0;
    const steps = fc.array(step, { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(24), async (all, looked) => {
        const [live, killed] = [join(folder, `live ${++run}`), join(folder, `killed ${run}`)];
        const one = await openLedger({ stateDirectory: live });
        for (const id of ["a", "t"]) one.saveAdvance("me", { ...ADVANCE, id, unit: id === "a" ? "usd" : "tokens" });
        const work = doing(one);
        work.next();
        for (const [i, what] of all.entries()) {
          work.next(what);
          if (i === looked) one.pending("me"); // which brings the tables up
        }
        cpSync(live, killed, { recursive: true });
        const successor = await openLedger({ stateDirectory: killed });
        try {
          assert.equal(successor.warning, undefined);
          assert.deepEqual(says(successor), says(one));
          assert.deepEqual(successor.verify().differences, []);
          assert.deepEqual(one.verify().differences, []);
        } finally {
          one.close();
          successor.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  it("are left alone by a request: what it waits for is a line, which is a page of the disk, now and then some more", () => {
    const log = join(folder, "live", "ledger.sqlite-wal");
    const frames: number[] = [];
    for (let i = 0; i < 40; i++) {
      for (const write of [
        () => ledger.hold(record(`r${i}`)),
        () => ledger.sent(`r${i}`),
        () => ledger.settle({ ...record(`r${i}`), sent: true }, entry(`r${i}`)),
      ]) {
        const before = statSync(log).size;
        write();
        frames.push((statSync(log).size - before) / FRAME);
      }
    }
    assert.ok(Math.max(...frames) <= 4, "a page that is full is split, under its parent");
    assert.equal(frames[0], 0, "a hold of what was not sent is none");
    assert.ok(frames.reduce((sum, count) => sum + count) <= 40 * 3, `${frames}`);
  });

  it("are there in memory, too, where the disk cannot be written after a kill", async () => {
    ledger.hold({ ...record("open"), sent: true });
    ledger.hold({ ...record("spent"), sent: true });
    ledger.settle(record("spent"), entry("spent"));
    const killed = join(folder, "killed");
    cpSync(join(folder, "live"), killed, { recursive: true });
    const inMemory = await openLedger({ stateDirectory: killed, sqlite: Promise.resolve(READ_ONLY) });
    assert.match(inMemory.warning!, /only remembered/);
    assert.deepEqual(says(inMemory), says(ledger));
  });

  it("are made by whichever of two processes comes to it, where nothing keeps the second from the file", async () => {
    const other = await openLedger({ stateDirectory: join(folder, "live") });
    const killed = join(folder, "killed");
    try {
      ledger.settle({ ...record("r1"), sent: true }, entry("r1"));
      other.saveAdvance("me", { ...ADVANCE, id: "b" });
      other.settle({ ...record("r2"), holds: [{ ...USD, advance: "b" }] }, entry("r2"));
      assert.equal(other.pending("me").entries, 2);
      ledger.saveAdvance("me", { ...ADVANCE, spent: parseAmount("0.4") });
      ledger.settle({ ...record("r3"), sent: true }, entry("r3"));
      cpSync(join(folder, "live"), killed, { recursive: true });
      const successor = await openLedger({ stateDirectory: killed });
      assert.deepEqual([successor.warning, successor.pending("me").entries, successor.verify().differences], [undefined, 3, []]);
      successor.close();
    } finally {
      other.close();
    }
  });

  it("are not believed where it is lost up to where they are made", async () => {
    ledger.hold({ ...record("sent"), sent: true });
    const mended = await openedAfter("DELETE FROM tabled");
    assert.match(mended.warning!, /is set aside/);
    assert.deepEqual(mended.openRequests(), ledger.openRequests());
    mended.close();
  });

  it("give back a hold whose line is broken, which its settlement ends", async () => {
    for (const id of ["settled", "open"]) ledger.hold({ ...record(id), sent: true });
    ledger.tidy();
    ledger.settle({ ...record("settled"), sent: true }, entry("settled"));
    const mended = await openedAfter(
      "DROP TRIGGER journal_is_append_only_u; UPDATE journal SET body = body || ' ' WHERE kind = 'hold'",
    );
    assert.deepEqual(
      mended.openRequests().map(({ id }) => id),
      ["open"],
    );
    assert.deepEqual([mended.advances("me"), mended.verify().differences], [ledger.advances("me"), []]);
    mended.close();
  });

  it("have no entry of nobody: where its hold is lost, the ledger is called broken, and says what it lacks", async () => {
    ledger.hold({ ...record("spent"), sent: true });
    ledger.settle(record("spent"), entry("spent"));
    const mended = await openedAfter("DROP TRIGGER journal_is_append_only_d; DELETE FROM journal WHERE kind = 'hold'");
    assert.match(mended.warning!, /hold of request spent is missing.* is set aside.* 0 entries \(without 1 of which/s);
    mended.close();
  });

  it("are made of lines where the file was broken, too, and no line is spent twice", async () => {
    ledger.hold({ ...record("tabled"), sent: true });
    ledger.settle(record("tabled"), entry("tabled"));
    ledger.tidy();
    ledger.hold({ ...record("spent"), sent: true });
    ledger.settle(record("spent"), entry("spent"));
    const damages = [
      "UPDATE entry SET body = body || ' '",
      "UPDATE tabled SET seq = 0",
      "UPDATE tabled SET seq = 99",
      "DROP TRIGGER journal_is_append_only_u; UPDATE tabled SET seq = 0, sum = 4108050209",
    ];
    for (const damage of damages) {
      const mended = await openedAfter(damage);
      assert.match(mended.warning!, /is set aside/);
      assert.deepEqual(mended.advances("me"), ledger.advances("me"), damage);
      assert.deepEqual([mended.pending("me").entries, mended.verify().differences], [2, []]);
      mended.close();
    }
  });
});

function idOf({ id }: { id: string }): string {
  return id;
}
