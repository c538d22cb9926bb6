import { formatAmount, max, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { weightedUsage } from "../../budget/verdict/verdict.ts";
import { costOf } from "../../prices/rates.ts";
import type { Settled, Settlement } from "../../protocol/daemon.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { OpenRecord } from "../ledger/records.ts";
import { entryOf } from "./leftovers.ts";

/** The entry that replaces a request's hold, and what it takes in each unit. */
export function settled(record: OpenRecord, settlement: Settlement, policy: Policy): { entry: Entry; used: Record<Unit, Nano> } {
  const { usage, usageSource, providerRequestId, serviceTier } = settlement;
  const used = {
    usd: costOf(usage, record.price, { serviceTier, at: Date.parse(record.at) }),
    tokens: weightedUsage(usage, policy),
  };
  const entry: Entry = {
    ...entryOf(record),
    ...{ usage, usageSource, cost: formatAmount(used.usd), tokens: formatAmount(used.tokens) },
    ...(providerRequestId !== undefined && { providerRequestId }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
  return { entry, used };
}

/** What the client hears of an entry. */
export function settledReply({ cost, held }: Entry): Settled {
  return { cost, overshoot: formatAmount(max(0n, parseAmount(cost) - parseAmount(held.usd))) };
}
