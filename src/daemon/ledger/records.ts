import { type Decimal, type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import type { Work } from "../../budget/policy/work.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Usage } from "../../wire/usage.ts";

/** A request under way, as the journal knows it, with what the policy shares of its work. Never its text. */
export interface OpenRecord extends Work {
  id: string;
  /** Whose: issuer and subject; empty when signed out. */
  account: string;
  at: string;
  origin: Entry["origin"];
  provider: string;
  model: string;
  /** The rates it is judged and settled by, so that a price change in between does not move it. */
  price: ModelPrice;
  priceRef: string;
  policyVersion: number;
  /** Tokens that the hold covers: what is charged when nobody sees the end. */
  heldUsage: Usage;
  /** By unit, as decimals. */
  held: { usd: Decimal; tokens: Decimal };
  /** Where the holds are. */
  holds: { advance: string; unit: Unit; amount: Decimal }[];
  allowances: string[];
  /** Name of the workspace that it comes from. It stays on this machine. */
  workspace?: string;
  /** The assistant's session that it is a turn of. It stays on this machine. */
  session?: string;
  sent: boolean;
}

/** What the ledger keeps beside an entry, for this machine alone. */
export interface Beside {
  workspace?: string;
  /** A flat-rate plan covered it: it cost nothing more. */
  covered: boolean;
}

export interface LocalEntry extends Beside {
  entry: Entry;
}

/** What stays beside the entry of a request. */
export function besideOf({ workspace, price }: OpenRecord): Beside {
  return { ...(workspace !== undefined && { workspace }), covered: price.source === "plan" };
}

/** An advance, as the ledger keeps it across restarts. */
export interface StoredAdvance {
  /** The machine's own name, so that there can be one before the endpoint was asked. */
  id: string;
  /** The endpoint's name for it; undefined until it was opened there. */
  remote: string | undefined;
  /** The run of a daemon that opened it. */
  machine: string;
  unit: Unit;
  keys: string[];
  granted: Nano;
  spent: Nano;
  returned: Nano;
  seq: number;
}

/** One advance can report nothing any more, and another does it instead. */
export interface Handover {
  from: string;
  /** Undefined: nobody does. */
  to: string | undefined;
  /** What of the old one's spend the new one takes over. */
  charged: Nano;
  /** With the allowances that they count in now. */
  entries: readonly Entry[];
}

/** An entry that the endpoint has not acknowledged yet. */
export interface PendingEntry {
  entry: Entry;
  /** The advance whose sync carries it; empty when it drew on none. */
  advance: string;
}

/** What an entry takes in a unit. */
export function amountOf({ cost, tokens }: Entry, unit: Unit): Nano {
  return parseAmount(unit === "usd" ? cost : tokens);
}
