import type { Observed, OutputHistories } from "../../budget/outputNorms.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { LocalEntry, OpenRecord, PendingEntry, StoredAdvance } from "./records.ts";

/** The machine's ledger: what is held, was spent and waits for the endpoint, so that a restart loses nothing. */
export interface Ledger {
  /** What is wrong with it, for people; undefined when all is well. */
  readonly warning: string | undefined;
  close(): void;

  /** The last good answer of this name for an account. */
  snapshot(account: string, name: string): unknown;
  saveSnapshot(account: string, name: string, body: unknown): void;

  /** The advances that are not finished. */
  advances(account: string): StoredAdvance[];
  saveAdvance(account: string, advance: StoredAdvance, finished?: boolean): void;

  /** The requests that were open when the ledger was last used. */
  openRequests(): OpenRecord[];
  /** Writes down a hold, or that it has grown. */
  hold(record: OpenRecord, kind?: "hold" | "grow"): void;
  /** Writes down that the request's first byte is about to leave. */
  sent(id: string): void;
  /** Replaces a hold by its entry, with the advances and the history of output lengths that it changed. */
  settle(record: OpenRecord, pending: PendingEntry, advances: readonly StoredAdvance[], outputs?: Observed): void;
  /** Writes down that a request never left. */
  release(id: string): void;
  /** How long answers have been, what was changed last at the end. */
  outputs(): OutputHistories;
  /** The entry of a request that was settled. */
  entry(id: string): Entry | undefined;

  /** The entries of an account whose requests were held at an instant (ISO 8601) or later, oldest first. */
  entriesSince(account: string, at: string): Entry[];
  /**
   * The entries of an account (of all, where undefined) that were written after a mark and held at `since` (ISO 8601) or later, in the order
   * in which they were written, at most `limit`; with the mark to go on from. 0 is the mark before all.
   */
  entriesAfter(account: string | undefined, mark: number, since: string, limit: number): { mark: number; entries: LocalEntry[] };

  /** Entries of an advance that are not acknowledged, oldest first, at most `limit` (-1: all). */
  undelivered(account: string, advance: string, limit: number): Entry[];
  markDelivered(ids: readonly string[]): void;
  /** Hands entries to another advance, or to none (then they stay here), with the figures that follow from it. */
  rebook(
    account: string,
    entries: readonly Entry[],
    advance: string | undefined,
    changed: readonly { advance: StoredAdvance; finished: boolean }[],
  ): void;
  /** How many entries wait for the endpoint, and how many of them are uncertain. */
  pending(account: string): { entries: number; uncertain: number };
}
