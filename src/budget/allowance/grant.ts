import { type Decimal, max, type Nano, parseAmount, type Unit } from "../money.ts";
import type { Policy } from "../policy/policy.ts";

/**
 * A grant raises one allowance of one person by an amount until it expires, at the latest when the allowance's period ends. The person
 * asks; a lead decides, or the policy does for small amounts. Expiry is computed, never stored: nothing has to happen for it.
 */

/** What is stored of a grant's state. */
export const STORED_STATES = ["requested", "approved", "denied", "cancelled"] as const;
export type StoredState = (typeof STORED_STATES)[number];
/** `expired`: its time ended while it was asked for or in force. */
export type GrantState = StoredState | "expired";
export const GRANT_STATES: readonly [GrantState, ...GrantState[]] = [...STORED_STATES, "expired"];

export type GrantDecision = "approve" | "deny" | "cancel";
const DECIDED: Record<GrantDecision, StoredState> = { approve: "approved", deny: "denied", cancel: "cancelled" };

/** The state at an instant of a grant that lasts until another one (epoch ms). */
export function grantStateAt(state: GrantState, until: number, now: number): GrantState {
  return (state === "requested" || state === "approved") && now >= until ? "expired" : state;
}

/** The state after a decision. The same decision again changes nothing; undefined where another one was made, or time has made it. */
export function decided(state: GrantState, decision: GrantDecision): StoredState | undefined {
  const next = DECIDED[decision];
  return state === "requested" || state === next ? next : undefined;
}

/** Until when a grant lasts (epoch ms): as long as was asked for, within the allowance's period. */
export function grantEnd(asked: number | undefined, resetsAt: number): number {
  return Math.min(asked ?? resetsAt, resetsAt);
}

/** An approved grant's part in a limit. */
export interface Raise {
  amount: Nano;
  /** Epoch ms. */
  until: number;
}

/** What approved grants add to a limit at an instant (epoch ms). */
export function raisedBy(raises: readonly Raise[], now: number): Nano {
  return raises.reduce((sum, { amount, until }) => (now < until ? sum + amount : sum), 0n);
}

/** The same as it crosses: `limit` counts every raise, and falls as they end. */
export function limitAt(
  { limit, grants = [] }: { limit: Decimal; grants?: readonly { amount: Decimal; until: string }[] | undefined },
  now: number,
): Nano {
  const ended = grants.filter(({ until }) => Date.parse(until) <= now);
  return ended.reduce((sum, { amount }) => sum - parseAmount(amount), parseAmount(limit));
}

/**
 * What a person may still take of an allowance without anybody's word (nano-USD), of which they took `before` in this period. Nothing of
 * tokens.
 */
export function breakGlassLeft({ grants }: Policy, unit: Unit, before: Nano): Nano {
  return grants.breakGlass && unit === "usd" ? max(0n, parseAmount(grants.breakGlass.period) - before) : 0n;
}

/**
 * Whether the policy itself approves a grant: its amount is small enough, and all that the policy approved of this person's allowance in
 * this period (`before`, nano-USD) stays below the sum that it allows. Grants of tokens are for a lead.
 */
export function approvesItself({ grants }: Policy, { unit, amount }: { unit: Unit; amount: Nano }, before: Nano): boolean {
  const { autoApproveUpTo } = grants;
  if (!autoApproveUpTo || unit !== "usd") return false;
  return amount <= parseAmount(autoApproveUpTo.each) && before + amount <= parseAmount(autoApproveUpTo.period);
}
