import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { ADVANCE, entry, record } from "../../../test/daemon/support/records.ts";
import { NO_OUTPUTS } from "../../budget/estimate/outputHistory.ts";
import { parseAmount } from "../../budget/money.ts";
import type { Ledger } from "./ledger.ts";
import { inMemory, openLedger } from "./open.ts";
import type { OpenRecord } from "./records.ts";

describe("the ledger", () => {
  let folder: string;
  let ledger: Ledger;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tb-ledger-"));
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  const KINDS: Record<string, () => Promise<Ledger>> = {
    "in SQLite": () => openLedger({ stateDirectory: folder }),
    "in memory": async () => inMemory("The disk is read-only."),
  };
  for (const [kind, open] of Object.entries(KINDS)) {
    describe(kind, () => {
      beforeEach(async () => {
        ledger = await open();
      });

      it("knows what is open, whether it was sent, and forgets what was released", () => {
        for (const id of ["r1", "r2"]) ledger.hold(record(id));
        ledger.hold({ ...record("r1"), held: { usd: "0.6", tokens: "6" } }, "grow");
        ledger.sent("r1");
        ledger.release("r2");
        assert.deepEqual(ledger.openRequests(), [{ ...record("r1"), held: { usd: "0.6", tokens: "6" }, sent: true }]);
      });

      it("draws from a hold, sent already or not yet", () => {
        for (const [id, sentFirst] of [["r1", true] as const, ["r2", false] as const]) {
          const lowered = { ...record(id), held: { usd: "0.1", tokens: "1" }, sent: sentFirst };
          ledger.hold(record(id));
          if (sentFirst) ledger.sent(id);
          ledger.draw({ ...record(`of ${id}`), sent: true }, entry(`of ${id}`), lowered);
          if (!sentFirst) ledger.sent(id);
        }
        const held = { usd: "0.1", tokens: "1" };
        assert.deepEqual(
          ledger.openRequests(),
          ["r1", "r2"].map((id) => ({ ...record(id), held, sent: true })),
        );
        for (const id of ["r1", "r2"]) ledger.release(id);
        assert.deepEqual(ledger.openRequests(), []);
      });

      it("replaces a hold by its entry, spends it from the advance, and keeps it until it is delivered", () => {
        const spent = parseAmount("0.4");
        ledger.saveAdvance("me", ADVANCE);
        ledger.hold(record("r1"));
        ledger.settle(record("r1"), entry("r1", "uncertain"));
        assert.deepEqual(ledger.openRequests(), []);
        assert.deepEqual(ledger.advances("me"), [{ ...ADVANCE, spent }]);
        assert.deepEqual(ledger.undelivered("me", "a", 10), [entry("r1", "uncertain")]);
        assert.deepEqual(ledger.pending("me"), { entries: 1, uncertain: 1 });
        assert.deepEqual(ledger.pending("you"), { entries: 0, uncertain: 0 });
        ledger.exchanged("me", { ...ADVANCE, granted: 11n, spent }, false, ["r1", "unknown"]);
        assert.deepEqual(ledger.advances("me"), [{ ...ADVANCE, granted: 11n, spent }]);
        assert.deepEqual(ledger.undelivered("me", "a", 10), []);
        assert.deepEqual(ledger.pending("me"), { entries: 0, uncertain: 0 });
        assert.deepEqual(ledger.entry("r1"), entry("r1", "uncertain"));
        assert.equal(ledger.entry("r2"), undefined);
      });

      it("delivers to nobody what was spent for nobody's account", () => {
        const own = { ...record("r1"), account: "", holds: [] };
        ledger.hold(own);
        ledger.settle(own, entry("r1"));
        assert.deepEqual(ledger.pending(""), { entries: 0, uncertain: 0 });
      });

      it("gives out entries oldest first, at most so many", () => {
        for (const id of ["r2", "r1", "r3"]) ledger.settle(record(id), entry(id));
        const ids = (limit: number) => ledger.undelivered("me", "a", limit).map(({ id }) => id);
        assert.deepEqual(
          [ids(2), ids(-1)],
          [
            ["r2", "r1"],
            ["r2", "r1", "r3"],
          ],
        );
      });

      it("knows after every change how much waits for the endpoint", () => {
        const waiting = new Map<string, { account: string; uncertain: boolean }>();
        let count = 0;
        const step = fc.record({
          what: fc.constantFrom("settle", "draw", "exchange", "keep"),
          account: fc.constantFrom("me", "you"),
          advance: fc.constantFrom("a", "a", ""),
          uncertain: fc.boolean(),
          looks: fc.subarray(["me", "you"]),
        });
        const take = ({ what, account, advance, uncertain, looks }: typeof step extends fc.Arbitrary<infer T> ? T : never) => {
          const own = [...waiting].filter(([, one]) => one.account === account).map(([id]) => id);
          if (what === "settle" || what === "draw") {
            const id = `r${count++}`;
            const booked = entry(id, uncertain ? "uncertain" : "provider");
            const holds = advance === "" ? [] : record(id).holds;
            if (what === "settle") ledger.settle({ ...record(id), account, holds }, booked);
            else ledger.draw({ ...record(id), account, holds }, booked);
            if (advance !== "") waiting.set(id, { account, uncertain });
          } else if (own.length > 0) {
            const some = own.slice(0, 2);
            for (const id of some) waiting.delete(id);
            const entries = some.map((id) => ledger.entry(id)!);
            if (what === "exchange") ledger.exchanged(account, ADVANCE, false, some);
            else ledger.handOver(account, { from: "a", to: undefined, charged: 0n, entries }, []);
          }
          for (const whose of looks) {
            const all = [...waiting.values()].filter((one) => one.account === whose);
            const expected = { entries: all.length, uncertain: all.filter((one) => one.uncertain).length };
            assert.deepEqual(ledger.pending(whose), expected);
          }
        };
        const steps = fc.array(step, { minLength: 1, maxLength: 20 });
        fc.assert(
          fc.property(steps, (all) => all.forEach(take)),
          { numRuns: 20 },
        );
      });

      it("hands entries on to another advance", () => {
        ledger.settle(record("r1"), entry("r1"));
        const heir = { ...ADVANCE, id: "b", spent: 4n };
        const moved = { ...entry("r1"), allowances: ["other"] };
        ledger.handOver("me", { from: "a", to: "b", charged: 4n, entries: [moved] }, [
          { advance: ADVANCE, finished: true },
          { advance: heir, finished: false },
        ]);
        assert.deepEqual([ledger.undelivered("me", "a", -1), ledger.undelivered("me", "b", -1)], [[], [moved]]);
        assert.deepEqual(ledger.advances("me"), [heir]);
        ledger.handOver("me", { from: "b", to: undefined, charged: 0n, entries: [moved] }, []);
        assert.deepEqual(ledger.pending("me"), { entries: 0, uncertain: 0 });
      });

      it("tells what was written after a mark, with what stays on this machine, by account or of all", () => {
        const plan = { ...record("r2").price, source: "plan" as const };
        const settle = (one: OpenRecord, at = one.at) => ledger.settle({ ...one, at }, { ...entry(one.id), at });
        settle({ ...record("r1"), workspace: "ferry" });
        settle({ ...record("r2"), price: plan, account: "you" });
        settle(record("old"), "2026-10-01T00:00:00.000Z");
        settle(record("r3"));
        const since = "2026-11-01T00:00:00.000Z";
        const ids = (account: string | undefined, mark = 0, limit = 9) =>
          ledger.entriesAfter(account, mark, since, limit).entries.map(({ entry: { id } }) => id);
        assert.deepEqual([ids("me"), ids("you"), ids(undefined)], [["r1", "r3"], ["r2"], ["r1", "r2", "r3"]]);
        const first = ledger.entriesAfter(undefined, 0, since, 2);
        assert.deepEqual(first.entries, [
          { entry: entry("r1"), workspace: "ferry", covered: false },
          { entry: entry("r2"), covered: true },
        ]);
        assert.deepEqual(ids(undefined, first.mark), ["r3"]);
        const { mark } = ledger.entriesAfter(undefined, first.mark, since, 9);
        assert.deepEqual(ledger.entriesAfter(undefined, mark, since, 9), { mark, entries: [] });
        settle(record("r4"));
        ledger.handOver("me", { from: "a", to: "a", charged: 0n, entries: [{ ...entry("r1"), allowances: ["other"] }] }, []);
        assert.deepEqual(ids(undefined, mark), ["r4"]); // what was handed on is not new
        assert.equal(ledger.entriesAfter("me", 0, since, 1).entries[0]?.workspace, "ferry");
      });

      it("keeps the histories of output lengths, what was changed last at the end", () => {
        const history = { buckets: { 9: 1.5, 12: 0.25 } };
        ledger.learn({
          changed: [
            ["send a", history],
            ["send *", history],
          ],
          forgotten: [],
        });
        ledger.learn({
          changed: [
            ["send b", NO_OUTPUTS],
            ["send *", NO_OUTPUTS],
          ],
          forgotten: [],
        });
        assert.deepEqual(
          [...ledger.outputs()],
          [
            ["send a", history],
            ["send b", NO_OUTPUTS],
            ["send *", NO_OUTPUTS],
          ],
        );
        ledger.learn({ changed: [["send a", NO_OUTPUTS]], forgotten: ["send b", "nothing"] });
        assert.deepEqual([...ledger.outputs().keys()], ["send *", "send a"]);
      });

      it("remembers what the endpoint said, by account", () => {
        ledger.saveSnapshot("me", "figures", { a: 1 });
        ledger.saveSnapshot("me", "figures", { a: 2 });
        assert.deepEqual([ledger.snapshot("me", "figures"), ledger.snapshot("you", "figures")], [{ a: 2 }, undefined]);
      });
    });
  }

  it("is there again after it was closed", async () => {
    const first = await openLedger({ stateDirectory: folder });
    first.hold(record("r1"));
    first.sent("r1");
    first.hold(record("r2")); // and never sent
    first.saveAdvance("me", ADVANCE);
    first.close();
    ledger = await openLedger({ stateDirectory: folder });
    assert.equal(ledger.warning, undefined);
    assert.deepEqual(ledger.openRequests(), [{ ...record("r1"), sent: true }]);
    assert.deepEqual(ledger.advances("me"), [ADVANCE]);
  });

  it("books no request twice, written already or not", async () => {
    ledger = await openLedger({ stateDirectory: folder });
    for (const look of [() => {}, () => ledger.pending("me")]) {
      const id = crypto.randomUUID();
      ledger.settle(record(id), entry(id));
      look();
      assert.throws(() => ledger.settle(record(id), entry(id)), /settled before/);
    }
    assert.deepEqual([ledger.pending("me").entries, ledger.verify().differences], [2, []]);
  });

  it("never changes or forgets a line of its journal", async () => {
    ledger = await openLedger({ stateDirectory: folder });
    ledger.hold(record("r1"));
    ledger.sent("r1");
    ledger.settle(record("r1"), entry("r1"));
    const database = new DatabaseSync(join(folder, "ledger.sqlite"));
    try {
      const kinds = database.prepare("SELECT kind FROM journal ORDER BY seq").all();
      assert.deepEqual(
        kinds.map(({ kind }) => kind),
        ["hold", "settle"],
      );
      assert.throws(() => database.exec("UPDATE journal SET kind = 'hold'"), /append-only/);
      assert.throws(() => database.exec("DELETE FROM journal"), /append-only/);
    } finally {
      database.close();
    }
  });

  it("leaves a newer version's ledger alone", async () => {
    const database = new DatabaseSync(join(folder, "ledger.sqlite"));
    database.exec("PRAGMA user_version = 1000");
    database.close();
    ledger = await openLedger({ stateDirectory: folder });
    assert.match(ledger.warning!, /newer version/);
  });
});
