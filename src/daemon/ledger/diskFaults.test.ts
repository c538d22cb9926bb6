import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import fc from "fast-check";
import { ADVANCE, entry, record } from "../../../test/daemon/support/records.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import type { Sqlite } from "./database.ts";
import { openLedger } from "./open.ts";
import type { OpenRecord } from "./records.ts";

const COST = parseAmount("0.4");
type Moment = "BEGIN IMMEDIATE" | "COMMIT";

/** node:sqlite on a disk that is full at a moment of every transaction, where one is said. */
function fillable(): { sqlite: Sqlite; disk: { full?: Moment | undefined } } {
  const disk: { full?: Moment | undefined } = {};
  class DatabaseSync extends sqlite.DatabaseSync {
    override prepare(sql: string): sqlite.StatementSync {
      const statement = super.prepare(sql);
      const run = statement.run.bind(statement);
      statement.run = ((...values: []) => {
        if (disk.full === sql) throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
        return run(...values);
      }) as typeof statement.run;
      return statement;
    }
  }
  return { sqlite: { ...sqlite, DatabaseSync }, disk };
}

const KINDS = ["send", "send", "settle", "settle", "settle", "release", "draw", "grow", "exchange", "exchange", "save"] as const;
const step = fc.record({
  what: fc.constantFrom(...KINDS, "handOver", "look", "fill", "make room", "make room", "kill"),
  which: fc.nat(9),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What an answer changed is written late, with what was settled since, by a request that is sent. */
const ROOM_AFTER_AN_ANSWER = (["send", "exchange", "settle", "make room", "send"] as const).map(
  (what): Step => ({ what, which: 2 }),
);

/** What was settled while a message was on its way is spent once. */
const SETTLED_MEANWHILE = (["send", "exchange"] as const).map((what): Step => ({ what, which: 6 }));

describe("a ledger whose disk is full now and then", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("has booked, once there is room, all that has happened, each once; and loses nothing that it took when it is killed", async () => {
    let run = 0;
    const steps = fc.array(step, { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, (all) => story(join(folder, `${++run}`), all)),
      { numRuns: 150, examples: [[ROOM_AFTER_AN_ANSWER], [SETTLED_MEANWHILE]] },
    );
  });
});

/** Does what the steps say, to a ledger and to what it should say, and compares at the end. */
async function story(place: string, steps: readonly Step[]): Promise<void> {
  const { sqlite: tap, disk } = fillable();
  const ledger = await openLedger({ stateDirectory: place, sqlite: Promise.resolve(tap) });
  const spent: Record<string, Nano> = { a: 0n, b: 0n };
  const seqs: Record<string, number> = { a: 1, b: 1 };
  const stored = (id: string) => ({ ...ADVANCE, id, spent: spent[id]!, seq: seqs[id]! });
  for (const id of ["a", "b"]) ledger.saveAdvance("me", stored(id));
  const open: OpenRecord[] = [];
  const settled = new Set<string>();
  const works = (write: () => void) => {
    try {
      write();
      return true;
    } catch (error) {
      assert.match((error as Error).message, /full/);
      return false;
    }
  };
  const book = (one: OpenRecord) => {
    spent[one.holds[0]!.advance]! += COST;
    settled.add(one.id);
  };
  for (const [i, { what, which }] of steps.entries()) {
    const id = which % 2 ? "a" : "b";
    const fresh: OpenRecord = { ...record(`r${i}`), holds: [{ advance: id, unit: "usd", amount: "0.5" }] };
    const at = which % Math.max(1, open.length);
    const one = open[at];
    if (what === "send") {
      if (works(() => ledger.hold(fresh)) && works(() => ledger.sent(fresh.id))) open.push({ ...fresh, sent: true });
      else works(() => ledger.release(fresh.id));
    } else if (what === "settle" && one) {
      open.splice(at, 1);
      book(one);
      works(() => ledger.settle(one, entry(one.id)));
      assert.ok(ledger.entry(one.id), "it counts at once");
      assert.throws(() => ledger.settle(one, entry(one.id)), /settled before/);
    } else if (what === "release" && one) {
      open.splice(at, 1);
      works(() => ledger.release(one.id));
    } else if (what === "grow" && one) {
      const more = { ...one, held: { usd: formatAmount(parseAmount(one.held.usd) + 1n), tokens: "9" } };
      if (works(() => ledger.hold(more, "grow"))) open[at] = more;
    } else if (what === "draw") {
      book(fresh);
      works(() => ledger.draw({ ...fresh, sent: true }, entry(fresh.id), one));
    } else if (what === "save") works(() => ledger.saveAdvance("me", stored(id)));
    else if (what === "exchange") {
      seqs[id]!++;
      if (!works(() => ledger.saveAdvance("me", stored(id)))) continue; // then nothing is told
      const told = ledger.undelivered("me", id, 2).map((booked) => booked.id);
      if (which < 5) disk.full = "COMMIT";
      const meanwhile = which % 3 === 0 ? open.shift() : undefined;
      if (meanwhile) {
        book(meanwhile);
        works(() => ledger.settle(meanwhile, entry(meanwhile.id)));
      }
      works(() => ledger.exchanged("me", stored(id), false, told));
    } else if (what === "handOver") {
      const entries = ledger.undelivered("me", "a", -1);
      const charged = spent.a!;
      spent.a = 0n;
      spent.b! += charged;
      const changed = ["a", "b"].map((name) => ({ advance: stored(name), finished: false }));
      works(() => ledger.handOver("me", { from: "a", to: "b", charged, entries }, changed));
    } else if (what === "look") ledger.pending("me");
    else if (what === "fill") disk.full = which < 5 ? "BEGIN IMMEDIATE" : "COMMIT";
    else if (what === "make room") disk.full = undefined;
    else if (what === "kill") await killed(place, `${place} killed`, ledger.warning === undefined ? settled : new Set());
  }
  disk.full = undefined;
  ledger.tidy();
  const says = (on: typeof ledger) => ({
    spent: Object.fromEntries(on.advances("me").map((one) => [one.id, one.spent])),
    entries: on.entriesAfter(undefined, 0, "", 999).entries.map((one) => one.entry.id),
    open: on.openRequests().map(({ id, held, sent }) => ({ id, held, sent })),
    pending: on.pending("me"),
  });
  const { pending, entries, ...rest } = says(ledger);
  assert.deepEqual(new Set(entries), settled);
  assert.equal(entries.length, settled.size);
  assert.deepEqual([ledger.warning, ledger.verify().differences], [undefined, []]);
  assert.deepEqual(
    { ...rest, open: new Map(rest.open.map((one) => [one.id, one])) },
    { spent, open: new Map(open.map(({ id, held, sent }) => [id, { id, held, sent }])) },
  );
  ledger.close();
  const next = await openLedger({ stateDirectory: place });
  assert.deepEqual([next.warning, says(next)], [undefined, { ...rest, entries, pending }]);
  next.close();
}

/** What a copy of the file says, as after a kill at this moment. */
async function killed(place: string, copy: string, settled: ReadonlySet<string>): Promise<void> {
  cpSync(place, copy, { recursive: true });
  const next = await openLedger({ stateDirectory: copy });
  assert.deepEqual([next.warning, next.verify().differences], [undefined, []]);
  for (const id of settled) assert.ok(next.entry(id), `${id} is there`);
  next.close();
  rmSync(copy, { recursive: true });
}
