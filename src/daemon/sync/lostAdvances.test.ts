import assert from "node:assert/strict";
import { newAdvance } from "../../budget/advance/machine.ts";
import type { Allowance } from "../../budget/allowance/allowance.ts";
import { inMemory } from "../ledger/open.ts";
import type { StoredAdvance } from "../ledger/records.ts";
import { AdvanceLine } from "./advanceLine.ts";
import { EndpointError } from "./endpointClient.ts";
import { LostAdvances } from "./lostAdvances.ts";

describe("an advance that the endpoint does not know any more", () => {
  const ledger = inMemory("A test.");
  const lineOf = (id: string, keys: string[]) => {
    const advance = newAdvance(id, "usd", keys);
    const stored: StoredAdvance = { ...advance, remote: id, machine: "m" };
    return new AdvanceLine(advance, stored, {
      client() {
        throw new EndpointError(404, "no such advance");
      },
      trouble() {},
      log() {},
      ledger,
      clock: { monotone: () => 0, elapsed: () => 0, wall: () => 0 },
      ...{ account: "dev", machine: "m", policyVersion: () => 1, want: () => 0n, replied() {} },
    });
  };

  it("keeps what it has spent until another can be written down that tells it", async () => {
    const period = { kind: "month" as const, start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" };
    const current: Allowance[] = [
      {
        ...{ key: "month|dev|2026-11", id: "month", name: "Your month", per: "developer", unit: "usd", period },
        ...{ limit: "10", softLimit: 0.8, spend: "0", held: "0" },
      },
    ];
    const heir = lineOf("heir", ["month|dev|2026-11"]);
    let isFull = true;
    const lost = new LostAdvances(ledger, "dev", () => {
      if (isFull) throw new Error("the disk is full");
      return heir;
    });
    const line = lineOf("lost", ["month|dev|2026-10"]);
    line.force("request", 7n);
    line.settle("request", 5n);
    await line.talk();
    assert.throws(() => lost.rescue([line], current), /full/);
    isFull = false;
    lost.rescue([line], current);
    assert.equal(heir.advance.spent, 5n);
  });
});
