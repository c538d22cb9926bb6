import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { cp, mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger } from "../../src/daemon/ledger/open.ts";
import type { OpenRecord } from "../../src/daemon/ledger/records.ts";
import { usageOf } from "../../src/wire/usage.ts";

/** What of a request the ledger had acknowledged, and how long its log was then. */
interface Moment {
  held: string[];
  settled: string[];
  length: number;
}

describe("a power cut", function () {
  this.timeout(60_000);
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "tb-power-"));
  });
  after(() => rm(home, { recursive: true, force: true }));

  it("that loses the end of the ledger's log loses nothing of what was written before it, and leaves nothing half done", async () => {
    const directory = join(home, "before");
    const ledger = await openLedger({ stateDirectory: directory });
    const log = join(directory, "ledger.sqlite-wal");
    const moments: Moment[] = [];
    const held = new Set<string>();
    const settled: string[] = [];
    for (let i = 0; i < 12; i++) {
      const record = recordOf(randomUUID());
      ledger.hold(record);
      ledger.sent(record.id);
      held.add(record.id);
      moments.push({ held: [...held], settled: [...settled], length: (await stat(log)).size });
      if (i % 3 === 0) continue;
      const { id, at, origin, provider, model, priceRef, policyVersion, allowances } = record;
      const usage = { usage: record.heldUsage, usageSource: "provider", cost: "0.01", tokens: "1000" } as const;
      const entry = { id, at, origin, provider, model, priceRef, policyVersion, allowances, held: record.held, ...usage };
      ledger.settle(record, entry);
      held.delete(id);
      settled.push(id);
      moments.push({ held: [...held], settled: [...settled], length: (await stat(log)).size });
    }
    await cp(directory, join(home, "cut"), { recursive: true });
    ledger.close();
    // From the end backwards, at what had been written at a moment, and in the midst of what came next.
    for (const [i, moment] of [...moments.entries()].reverse()) {
      for (const beyond of [0, 1_000]) {
        const copy = join(home, `${i}-${beyond}`);
        await cp(join(home, "cut"), copy, { recursive: true });
        await truncate(join(copy, "ledger.sqlite-wal"), moment.length + beyond);
        await rm(join(copy, "ledger.sqlite-shm"), { force: true });
        const reopened = await openLedger({ stateDirectory: copy });
        assert.equal(reopened.warning, undefined);
        assert.deepEqual(
          reopened
            .openRequests()
            .map(({ id }) => id)
            .sort(),
          moment.held.toSorted(),
        );
        for (const id of moment.settled) assert.ok(reopened.entry(id), "a settled request is there");
        reopened.close();
      }
    }
  });
});

function recordOf(id: string): OpenRecord {
  return {
    ...{ id, account: "", at: "2026-11-25T12:00:00.000Z", origin: "send", provider: "test", model: "one" },
    price: { provider: "test", model: "one", rates: { input: "1000000", output: "10000000" } },
    ...{ priceRef: "policy", policyVersion: 1, heldUsage: usageOf({ output: 1_000 }) },
    ...{ held: { usd: "0.01", tokens: "1000" }, holds: [], allowances: [], sent: false },
  } as unknown as OpenRecord;
}
