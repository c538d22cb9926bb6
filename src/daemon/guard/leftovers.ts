import { parseAmount } from "../../budget/money.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { OpenRecord, StoredAdvance } from "../ledger/records.ts";

/**
 * Closes what a daemon that died had left open: a request that was sent is charged in full, as uncertain; one that was not is released.
 * Call before anything else uses the ledger.
 */
export function settleLeftovers(ledger: Ledger): { uncertain: number; released: number } {
  const records = ledger.openRequests();
  for (const record of records) {
    if (!record.sent) {
      ledger.release(record.id);
      continue;
    }
    const entry: Entry = {
      ...entryOf(record),
      usage: record.heldUsage,
      usageSource: "uncertain",
      cost: record.held.usd,
      tokens: record.held.tokens,
    };
    const stored = ledger.advances(record.account);
    const advances = record.holds.flatMap(({ advance, amount }): StoredAdvance[] =>
      stored.filter(({ id }) => id === advance).map((one) => ({ ...one, spent: one.spent + parseAmount(amount) })),
    );
    ledger.settle(record, { entry, advance: record.holds[0]?.advance ?? "" }, advances);
  }
  const uncertain = records.filter(({ sent }) => sent).length;
  return { uncertain, released: records.length - uncertain };
}

/** What of a request's entry is known from the beginning. */
export function entryOf(record: OpenRecord): Omit<Entry, "usage" | "usageSource" | "cost" | "tokens"> {
  const { id, at, origin, provider, model, priceRef, held, policyVersion, allowances } = record;
  return { id, at, origin, provider, model, priceRef, held, policyVersion, allowances };
}
