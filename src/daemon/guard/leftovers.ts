import { workOf } from "../../budget/policy/work.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { OpenRecord } from "../ledger/records.ts";

/** A turn of an assistant that is charged: whose, and when it was held by the clock of whoever gives the allowances (ISO 8601). */
export interface LeftTurn {
  session: string;
  account: string;
  at: string;
}

/**
 * Closes what a daemon that died had left open: a request that was sent is charged in full, as uncertain; one that was not is released.
 * Call before anything else uses the ledger.
 */
export function settleLeftovers(ledger: Ledger): {
  uncertain: number;
  released: number;
  /** Turns of assistants among those that are charged. */
  turns: LeftTurn[];
} {
  const records = ledger.openRequests();
  for (const record of records) {
    try {
      if (record.sent) ledger.settle(record, leftover(record));
      else ledger.release(record.id);
    } catch (error) {
      if (ledger.warning === undefined) throw error; // else it is kept in memory for now
    }
  }
  const uncertain = records.filter(({ sent }) => sent).length;
  const turns = records.flatMap(({ sent, session, account, at }) =>
    sent && session !== undefined ? [{ session, account, at }] : [],
  );
  return { uncertain, released: records.length - uncertain, turns };
}

/** The entry of a request whose end nobody saw. */
function leftover(record: OpenRecord): Entry {
  const { heldUsage, held } = record;
  return { ...entryOf(record), usage: heldUsage, usageSource: "uncertain", cost: held.usd, tokens: held.tokens };
}

/** What of a request's entry is known from the beginning. */
export function entryOf(record: OpenRecord): Omit<Entry, "usage" | "usageSource" | "cost" | "tokens"> {
  const { id, at, origin, provider, model, priceRef, held, policyVersion, allowances } = record;
  return { id, at, origin, provider, model, ...workOf(record), priceRef, held, policyVersion, allowances };
}
