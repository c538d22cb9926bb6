import type { Observed, OutputHistories } from "../../budget/estimate/outputNorms.ts";
import type { Verification } from "../../protocol/daemon.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Until } from "./database.ts";
import type { Handover, LocalEntry, OpenRecord, StoredAdvance } from "./records.ts";

/**
 * The machine's ledger: what is held, was spent and waits for the endpoint, so that a restart loses nothing. What asks for leave (`sent`,
 * `hold` of what was sent, `saveAdvance`, `saveSnapshot`) throws where it cannot be written, and has not happened then. What has happened
 * (`release`, `settle`, `draw`, `exchanged`, `handOver`) is kept in memory where it cannot be written, and is written before anything else.
 */
export interface Ledger {
  /** What is wrong with it, for people; undefined when all is well. */
  readonly warning: string | undefined;
  /** Called when `warning` has changed. */
  onWarning: () => void;
  /** Resolves when its file turns out to be broken, which is mended by opening it anew. */
  readonly damaged: Promise<void>;
  close(): void;

  /** The last good answer of this name for an account. */
  snapshot(account: string, name: string): unknown;
  /** `until: "nextSync"`: a power cut may undo it, which costs nothing but what was learned. */
  saveSnapshot(account: string, name: string, body: unknown, options?: { until?: Until }): void;

  /** The advances that are not finished. */
  advances(account: string): StoredAdvance[];
  saveAdvance(account: string, advance: StoredAdvance, finished?: boolean): void;

  /** The requests that were open when the ledger was last used. */
  openRequests(): OpenRecord[];
  /**
   * A hold, or that it has grown; never under the id of an entry. One of a request that was not sent is worth nothing to a later run: it is
   * written when that is sent.
   */
  hold(record: OpenRecord, kind?: "hold" | "grow"): void;
  /** Writes down that the request's first byte is about to leave. */
  sent(id: string): void;
  /**
   * Replaces a hold by its entry, which is spent from the advances that it was held in.
   * @throws Error where it is kept in memory for now, or the request was settled before
   */
  settle(record: OpenRecord, entry: Entry): void;
  /**
   * Books a call that nobody asked about by itself: its hold and its entry at once, and what is left of the turn's hold that it was drawn
   * from. @throws Error where it is kept in memory for now
   */
  draw(call: OpenRecord, entry: Entry, turn?: OpenRecord): void;
  /** Writes down that a request never left, or that nothing more is used of its hold. @throws Error where that is kept in memory for now */
  release(id: string): void;
  /** How long answers have been, what was changed last at the end. */
  outputs(): OutputHistories;
  /** That these histories of output lengths have changed. A crash may forget it. */
  learn(outputs: Observed): void;
  /** The entry of a request that was settled. */
  entry(id: string): Entry | undefined;

  /** The entries of an account whose requests were held at an instant (ISO 8601) or later, oldest first. */
  entriesSince(account: string, at: string): Entry[];
  /**
   * The entries of an account (of all, where undefined) that were written after a mark and held at `since` (ISO 8601) or later, in the order
   * in which they were written, at most `limit`; with the mark to go on from. 0 is the mark before all.
   */
  entriesAfter(account: string | undefined, mark: number, since: string, limit: number): { mark: number; entries: LocalEntry[] };

  /** Entries of an advance that are not acknowledged, oldest first, at most `limit`; -1: all, those that could not be written yet, too. */
  undelivered(account: string, advance: string, limit: number): Entry[];
  /** What came of a message: the advance since, and the entries that the endpoint has. @throws Error where it is kept in memory for now */
  exchanged(account: string, advance: StoredAdvance, finished: boolean, delivered: readonly string[]): void;
  /** Another advance, or none (then the entries stay here), reports what one cannot. @throws Error where it is kept in memory for now */
  handOver(account: string, handover: Handover, changed: readonly { advance: StoredAdvance; finished: boolean }[]): void;
  /** How many entries wait for the endpoint, and how many of them are uncertain. */
  pending(account: string): { entries: number; uncertain: number };

  /** Compares what it says with what its journal says. @throws Error where it cannot be read */
  verify(): Verification;

  /** Tries to write what is kept in memory; forgets a little of what is too old. Call now and then while nothing else is to be done. */
  tidy(): void;
}
