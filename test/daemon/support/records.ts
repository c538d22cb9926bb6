import type { OpenRecord, StoredAdvance } from "../../../src/daemon/ledger/records.ts";
import type { Entry } from "../../../src/protocol/endpoint.ts";
import { usageOf } from "../../../src/wire/usage.ts";

/** What a ledger is filled with in tests: requests of the account "me" on one advance. */

export const ADVANCE: StoredAdvance = {
  ...{ id: "a", remote: undefined, machine: "m", unit: "usd", keys: ["k"] },
  ...{ granted: 10n, spent: 0n, returned: 0n, seq: 1 },
};

export function record(id: string): OpenRecord {
  return {
    ...{ id, account: "me", at: "2026-11-24T00:00:00.000Z", origin: "send", provider: "test", model: "one" },
    price: { provider: "test", model: "one", name: "One", rates: { input: "1", output: "1" }, source: "policy" },
    ...{ priceRef: "p", policyVersion: 1, heldUsage: usageOf({ output: 5 }), held: { usd: "0.5", tokens: "5" } },
    ...{ holds: [{ advance: "a", unit: "usd", amount: "0.5" }], allowances: ["k"], sent: false },
  };
}

/** $0.4. */
export function entry(id: string, usageSource: "provider" | "uncertain" = "provider"): Entry {
  const { at, origin, provider, model, priceRef, policyVersion, held, allowances } = record(id);
  const usage = usageOf({ output: 5 });
  return {
    ...{ id, at, origin, provider, model, priceRef, policyVersion, held, allowances },
    usage,
    usageSource,
    cost: "0.4",
    tokens: "5",
  };
}
