import type { Decimal, Nano, Unit } from "../../budget/money.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Usage } from "../../wire/usage.ts";

/** A request under way, as the journal knows it. Never its text. */
export interface OpenRecord {
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
  sent: boolean;
}

/** An entry, and what the ledger keeps beside it for this machine alone. */
export interface LocalEntry {
  entry: Entry;
  workspace?: string;
  /** A flat-rate plan covered it: it cost nothing more. */
  covered: boolean;
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

/** An entry that the endpoint has not acknowledged yet. */
export interface PendingEntry {
  entry: Entry;
  /** The advance whose sync carries it; empty when it drew on none. */
  advance: string;
}
