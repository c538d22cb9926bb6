import { workOf } from "../../budget/policy/work.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { amountOf, type OpenRecord, type StoredAdvance } from "../ledger/records.ts";

/**
 * Closes what a daemon that died had left open: a request that was sent is charged in full, as uncertain; one that was not is released.
 * Call before anything else uses the ledger.
 */
export function settleLeftovers(ledger: Ledger): {
  uncertain: number;
  released: number;
  /** Turns of assistants among those that are charged. */
  turns: { session: string; at: string }[];
} {
  const records = ledger.openRequests();
  const charged = new Map<string, StoredAdvance>();
  for (const record of records) {
    try {
      if (record.sent) settleLeftover(ledger, record, charged);
      else ledger.release(record.id);
    } catch (error) {
      if (ledger.warning === undefined) throw error; // else it is kept in memory for now
    }
  }
  const uncertain = records.filter(({ sent }) => sent).length;
  const turns = records.flatMap(({ sent, session, at }) => (sent && session !== undefined ? [{ session, at }] : []));
  return { uncertain, released: records.length - uncertain, turns };
}

/** @param charged advances that others have been charged to, by id: the ledger may not know yet */
function settleLeftover(ledger: Ledger, record: OpenRecord, charged: Map<string, StoredAdvance>): void {
  const entry: Entry = {
    ...entryOf(record),
    usage: record.heldUsage,
    usageSource: "uncertain",
    cost: record.held.usd,
    tokens: record.held.tokens,
  };
  const stored = ledger.advances(record.account);
  const advances = record.holds.flatMap(({ advance, unit }): StoredAdvance[] => {
    const one = charged.get(advance) ?? stored.find(({ id }) => id === advance);
    return one ? [{ ...one, spent: one.spent + amountOf(entry, unit) }] : [];
  });
  for (const advance of advances) charged.set(advance.id, advance);
  ledger.settle(record, { entry, advance: record.holds[0]?.advance ?? "" }, advances);
}

/** What of a request's entry is known from the beginning. */
export function entryOf(record: OpenRecord): Omit<Entry, "usage" | "usageSource" | "cost" | "tokens"> {
  const { id, at, origin, provider, model, priceRef, held, policyVersion, allowances } = record;
  return { id, at, origin, provider, model, ...workOf(record), priceRef, held, policyVersion, allowances };
}
