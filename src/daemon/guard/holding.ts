import { usageCovered } from "../../budget/estimate/estimate.ts";
import { formatAmount, max, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { sharedWork } from "../../budget/policy/work.ts";
import { weightedUsage } from "../../budget/verdict/verdict.ts";
import { costOf } from "../../prices/rates.ts";
import type { OpenRequest } from "../../protocol/daemon.ts";
import type { OpenRecord } from "../ledger/records.ts";
import type { Hold } from "./book.ts";
import type { Admitted } from "./judging.ts";

/** What the journal is to know of a request that was admitted at the instant `at` (epoch ms). */
export function recordOf(
  request: OpenRequest,
  { view, estimate, price, verdict, holds, parts }: Admitted,
  at: number,
): OpenRecord {
  return {
    id: request.id,
    account: view.account,
    at: new Date(at).toISOString(),
    origin: request.origin,
    ...request.ref,
    ...sharedWork(request, view.policy.policy),
    price,
    priceRef: view.prices.priceRef,
    policyVersion: view.policy.version,
    heldUsage: usageCovered(estimate, view.policy.policy.hold),
    held: { usd: formatAmount(verdict.hold.usd), tokens: formatAmount(verdict.hold.tokens) },
    holds: holds.map(({ advance, unit, amount }) => ({ advance, unit, amount: formatAmount(amount) })),
    allowances: parts.flatMap(({ keys }) => keys),
    ...(request.workspace && { workspace: request.workspace }),
    ...(request.session && { session: request.session }),
    sent: false,
  };
}

export function holdsOf(record: OpenRecord): Hold[] {
  return record.holds.map(({ advance, unit, amount }) => ({ advance, unit, amount: parseAmount(amount) }));
}

/** A hold that covers `output` tokens, and by how much more that is in each unit; undefined where it covers them already. */
export function grown(
  record: OpenRecord,
  policy: Policy,
  output: number,
): { record: OpenRecord; more: Record<Unit, Nano> } | undefined {
  if (!(output > record.heldUsage.output)) return undefined;
  const heldUsage = { ...record.heldUsage, output: Math.ceil(output) };
  const total = { usd: costOf(heldUsage, record.price), tokens: weightedUsage(heldUsage, policy) };
  const more = {
    usd: max(0n, total.usd - parseAmount(record.held.usd)),
    tokens: max(0n, total.tokens - parseAmount(record.held.tokens)),
  };
  const holds = record.holds.map((hold) => ({ ...hold, amount: formatAmount(parseAmount(hold.amount) + more[hold.unit]) }));
  const held = { usd: formatAmount(total.usd), tokens: formatAmount(total.tokens) };
  return { record: { ...record, heldUsage, held, holds }, more };
}
