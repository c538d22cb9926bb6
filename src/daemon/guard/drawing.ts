import { usageLeft } from "../../budget/estimate/turn.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { formatAmount, min, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import { sharedWork, type Work, workOf } from "../../budget/policy/work.ts";
import { plansBeside, pricingOf } from "../../budget/pricing/pricing.ts";
import { weightedUsage } from "../../budget/verdict/verdict.ts";
import { costOf } from "../../prices/rates.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Usage, UsageSource } from "../../wire/usage.ts";
import type { OpenRecord } from "../ledger/records.ts";
import type { Part } from "./book.ts";
import { type GuardView, partsOf } from "./judging.ts";
import { entryOf } from "./leftovers.ts";

/** A call that was made without asking for it by itself: one of a turn's, or of nobody's. */
export interface SpentCall extends Work {
  /** Becomes the entry's id: the same call has always the same. */
  id: string;
  origin: Entry["origin"];
  ref: ModelRef;
  usage: Usage;
  usageSource: UsageSource;
  providerRequestId?: string;
  workspace?: string;
}

/** A call's entry, and what it was priced by. */
export interface Drawn {
  record: OpenRecord;
  entry: Entry;
  used: Record<Unit, Nano>;
  parts: Part[];
  /** The turn's record when the call is drawn from its hold, and by how much that was lowered. */
  turn?: { record: OpenRecord; less: Record<Unit, Nano> };
}

const UNITS = ["usd", "tokens"] as const;

/**
 * What a call costs by what is known now, drawn from what is left of its turn's hold as far as that goes. Where somebody else has signed in
 * meanwhile it goes by what its turn was held by, in the same advances.
 */
export function drawn(call: SpentCall, view: GuardView, turn: OpenRecord | undefined): Drawn {
  const { policy, version } = view.policy;
  const { ref, usage } = call;
  const away = turn && turn.account !== view.account ? turn : undefined;
  const { price } = away ?? pricingOf(view.prices, ref, policy, plansBeside(view.plans, view.allowances, ref));
  const used = { usd: costOf(usage, price, { at: view.now }), tokens: weightedUsage(usage, policy) };
  const of = (unit: Unit) => (turn ? min(used[unit], parseAmount(turn.held[unit])) : 0n);
  const held = { usd: formatAmount(of("usd")), tokens: formatAmount(of("tokens")) };
  const work = workOf({ ...turn, ...call }); // what its turn is for, it is for
  const workspace = call.workspace ?? turn?.workspace;
  const parts = away ? [] : partsOf({ ref, ...work }, { hold: { usd: 0n, tokens: 0n } }, view.allowances);
  const record: OpenRecord = {
    ...{ id: call.id, account: away?.account ?? view.account, at: new Date(view.now).toISOString(), origin: call.origin, ...ref },
    ...sharedWork(work, policy),
    ...{ price, priceRef: view.prices.priceRef, policyVersion: version, heldUsage: usage, held, holds: [] },
    ...(away && { priceRef: away.priceRef, policyVersion: away.policyVersion }),
    allowances: away?.allowances ?? parts.flatMap(({ keys }) => keys),
    ...(workspace && { workspace }),
    sent: true,
  };
  const entry: Entry = {
    ...entryOf(record),
    ...{ usage, usageSource: call.usageSource, cost: formatAmount(used.usd), tokens: formatAmount(used.tokens) },
    ...(call.providerRequestId !== undefined && { providerRequestId: call.providerRequestId }),
  };
  const lowered = turn && lower(turn, { usd: of("usd"), tokens: of("tokens") }, (left) => weightedUsage(left, policy));
  return { record, entry, used, parts, ...(lowered && { turn: lowered }) };
}

/** A turn's record with so much less to hold; the tokens that it stands for shrink alike. */
function lower(turn: OpenRecord, by: Record<Unit, Nano>, weigh: (usage: Usage) => Nano): NonNullable<Drawn["turn"]> {
  const was = { usd: parseAmount(turn.held.usd), tokens: parseAmount(turn.held.tokens) };
  const left = { usd: was.usd - by.usd, tokens: was.tokens - by.tokens };
  // By the unit of which less is left, so that no more is held in either than was set aside.
  const measure: Unit = was.usd > 0n && left.usd * was.tokens <= left.tokens * was.usd ? "usd" : "tokens";
  const heldUsage = usageLeft(turn.heldUsage, left[measure], was[measure]);
  const is = { usd: min(left.usd, costOf(heldUsage, turn.price)), tokens: min(left.tokens, weigh(heldUsage)) };
  const less = { usd: was.usd - is.usd, tokens: was.tokens - is.tokens };
  const holds = turn.holds.map((hold) => ({ ...hold, amount: formatAmount(parseAmount(hold.amount) - less[hold.unit]) }));
  const held = { usd: formatAmount(is.usd), tokens: formatAmount(is.tokens) };
  return { record: { ...turn, heldUsage, held, holds }, less };
}

/** A turn's record that holds so much more. */
export function extended(
  turn: OpenRecord,
  more: Usage,
  weigh: (usage: Usage) => Nano,
): { record: OpenRecord; more: Record<Unit, Nano> } {
  const heldUsage = { ...turn.heldUsage };
  for (const name of ["input", "cacheRead", "output"] as const) heldUsage[name] += more[name];
  const total = { usd: costOf(heldUsage, turn.price), tokens: weigh(heldUsage) };
  const added = Object.fromEntries(UNITS.map((unit) => [unit, total[unit] - parseAmount(turn.held[unit])])) as Record<Unit, Nano>;
  const holds = turn.holds.map((hold) => ({ ...hold, amount: formatAmount(parseAmount(hold.amount) + added[hold.unit]) }));
  const held = { usd: formatAmount(total.usd), tokens: formatAmount(total.tokens) };
  return { record: { ...turn, heldUsage, held, holds }, more: added };
}
