import assert from "node:assert/strict";
import type { Allowance } from "../../budget/allowance/allowance.ts";
import { ONE } from "../../budget/money.ts";
import type { Sync } from "../../protocol/endpoint.ts";
import { inMemory } from "../ledger/open.ts";
import { AdvanceBook } from "./advanceBook.ts";
import type { EndpointClient } from "./endpointClient.ts";
import { Travels } from "./travels.ts";

const MONTH: Allowance = {
  ...{ key: "month|p_1|2026-11", id: "month", name: "Your month", per: "developer", unit: "usd" },
  period: { kind: "month", start: "2026-11-01T00:00:00.000Z", resetsAt: "2026-12-01T00:00:00.000Z" },
  ...{ limit: "10", softLimit: 0.8, spend: "0", held: "0" },
};

describe("the advances of an account", () => {
  it("hold nothing for a request where the advance in another unit cannot be written down", async () => {
    const ledger = inMemory("A test.");
    const clock = { monotone: () => 0, elapsed: () => 0, wall: () => 0 };
    const client = {
      openAdvance: async () => "a_1",
      sync: async (_id: string, { needs }: Sync) => ({
        ...{ granted: needs.length > 0 ? "5" : "0", ttl: 600, cap: "5", refused: [], entries: [], allowances: [] },
      }),
    } as unknown as EndpointClient;
    const book = new AdvanceBook({
      ...{ ledger, clock, account: "dev", machine: "m", travels: new Travels(ledger, clock, "dev"), client: () => client },
      ...{ log() {}, trouble() {}, policyVersion: () => 1, replied() {} },
    });
    const save = ledger.saveAdvance.bind(ledger);
    ledger.saveAdvance = (account, advance, finished) => {
      if (advance.unit === "tokens") throw new Error("the disk is full");
      save(account, advance, finished);
    };
    const parts = (["usd", "tokens"] as const).map((unit) => ({ unit, keys: [`${unit}|p_1|2026-11`], amount: ONE }));
    parts[0]!.keys = [MONTH.key];
    try {
      await assert.rejects(book.reserve("request", { provider: "test", model: "one" }, parts), /full/);
      assert.throws(() => book.force("another", parts), /full/);
      assert.equal(book.withOwnFree([MONTH])[0]?.ownFree, "5", "all that was granted is free");
    } finally {
      book.dispose();
    }
  });
});
