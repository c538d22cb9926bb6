import type { OutputHistory } from "../../budget/estimate/outputHistory.ts";
import { afterObserving, type Observed, type OutputHistories } from "../../budget/estimate/outputNorms.ts";
import type { Nano } from "../../budget/money.ts";
import type { Verification } from "../../protocol/daemon.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { Ledger } from "./ledger.ts";
import {
  amountOf,
  besideOf,
  type Handover,
  type LocalEntry,
  type OpenRecord,
  type PendingEntry,
  type StoredAdvance,
} from "./records.ts";
import { Replay } from "./replay.ts";
import { type Line, readAdvance, readBeside, readEntry, readRequest } from "./rows.ts";
import { type Salvage, tailOf } from "./salvage.ts";

interface Kept extends PendingEntry, LocalEntry {
  account: string;
  delivered: boolean;
}

/** The ledger where nothing can be written: the same answers, for as long as the process runs. */
export class MemoryLedger implements Ledger {
  readonly warning: string;
  readonly damaged = new Promise<never>(() => {});
  onWarning: () => void = () => {};
  readonly #snapshots = new Map<string, unknown>();
  readonly #advances = new Map<string, { account: string; advance: StoredAdvance; finished: boolean }>();
  readonly #requests = new Map<string, OpenRecord>();
  readonly #entries = new Map<string, Kept>();
  #outputs: OutputHistories = new Map();

  /** @param known what a ledger that cannot be written says */
  constructor(warning: string, known?: Salvage) {
    this.warning = warning;
    if (known) this.#begin(known);
  }

  #begin({ snapshot, advance, request, entry, output_history, ...found }: Salvage): void {
    for (const { account, name, body } of snapshot)
      this.#snapshots.set(`${account}\n${name}`, JSON.parse(body as string) as unknown);
    for (const row of advance) this.saveAdvance(row.account as string, readAdvance(row), row.finished === 1);
    for (const record of request.map(readRequest)) this.hold(record);
    for (const row of entry) {
      const [account, advance] = [row.account as string, row.advance as string];
      this.#entries.set(row.id as string, {
        ...{ entry: readEntry(row), account, advance, delivered: row.delivered === 1 },
        ...readBeside(row),
      });
    }
    this.#follow(tailOf(found));
    const histories = output_history.map(({ key, body }) => [key, JSON.parse(body as string)] as [string, OutputHistory]);
    this.#outputs = new Map(histories);
  }

  /** Takes in lines of the journal that the tables did not have. */
  #follow(lines: readonly Line[]): void {
    const replay = new Replay();
    for (const [id, record] of this.#requests) replay.open.set(id, record);
    for (const line of lines) replay.take(line);
    for (const { record, entry } of replay.entries.values()) if (record && !this.entry(entry.id)) this.settle(record, entry);
    this.#requests.clear();
    for (const [id, record] of replay.open) this.#requests.set(id, record);
  }

  close(): void {}

  snapshot(account: string, name: string): unknown {
    return this.#snapshots.get(`${account}\n${name}`);
  }

  saveSnapshot(account: string, name: string, body: unknown): void {
    this.#snapshots.set(`${account}\n${name}`, structuredClone(body));
  }

  advances(account: string): StoredAdvance[] {
    const own = [...this.#advances.values()].filter((one) => one.account === account && !one.finished);
    return own.map(({ advance }) => advance);
  }

  saveAdvance(account: string, advance: StoredAdvance, finished = false): void {
    this.#advances.set(advance.id, { account, advance, finished });
  }

  openRequests(): OpenRecord[] {
    return [...this.#requests.values()];
  }

  hold(record: OpenRecord): void {
    this.#requests.set(record.id, record);
  }

  sent(id: string): void {
    const record = this.#requests.get(id);
    if (record) this.#requests.set(id, { ...record, sent: true });
  }

  settle(record: OpenRecord, entry: Entry): void {
    if (this.#entries.has(entry.id)) throw new Error(`request ${entry.id} was settled before`);
    const { account, holds } = record;
    const advance = holds[0]?.advance ?? "";
    this.#entries.set(entry.id, { entry, advance, ...besideOf(record), account, delivered: advance === "" });
    this.#requests.delete(record.id);
    for (const { advance: id, unit } of holds) this.#spend(id, amountOf(entry, unit));
  }

  draw(call: OpenRecord, entry: Entry, turn?: OpenRecord): void {
    this.settle(call, entry);
    if (turn) this.hold(turn);
  }

  outputs(): OutputHistories {
    return this.#outputs;
  }

  learn(outputs: Observed): void {
    this.#outputs = afterObserving(this.#outputs, outputs);
  }

  release(id: string): void {
    this.#requests.delete(id);
  }

  entry(id: string): Entry | undefined {
    return this.#entries.get(id)?.entry;
  }

  entriesSince(account: string, at: string): Entry[] {
    const own = [...this.#entries.values()].filter((one) => one.account === account && one.entry.at >= at);
    return own.map(({ entry }) => entry).sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  entriesAfter(account: string | undefined, mark: number, since: string, limit: number) {
    const fresh = [...this.#entries.values()].map((kept, index) => ({ ...kept, mark: index + 1 })).slice(mark);
    const own = fresh.filter((one) => (account === undefined || one.account === account) && one.entry.at >= since);
    const found = own.slice(0, limit);
    const entries = found.map(({ entry, workspace, covered }) => ({
      entry,
      ...(workspace !== undefined && { workspace }),
      covered,
    }));
    return { mark: found.at(-1)?.mark ?? mark, entries };
  }

  undelivered(account: string, advance: string, limit: number): Entry[] {
    const waiting = this.#waiting(account).filter((one) => one.advance === advance);
    return waiting.slice(0, limit < 0 ? undefined : limit).map(({ entry }) => entry);
  }

  exchanged(account: string, advance: StoredAdvance, finished: boolean, delivered: readonly string[]): void {
    for (const id of delivered) {
      const kept = this.#entries.get(id);
      if (kept) kept.delivered = true;
    }
    this.saveAdvance(account, advance, finished);
  }

  handOver(account: string, { to, entries }: Handover, changed: readonly { advance: StoredAdvance; finished: boolean }[]): void {
    for (const entry of entries)
      this.#entries.set(entry.id, {
        ...{ covered: false, ...this.#entries.get(entry.id) },
        ...{ account, entry, advance: to ?? "", delivered: to === undefined },
      });
    for (const one of changed) this.saveAdvance(account, one.advance, one.finished);
  }

  pending(account: string): { entries: number; uncertain: number } {
    const waiting = this.#waiting(account);
    return { entries: waiting.length, uncertain: waiting.filter(({ entry }) => entry.usageSource === "uncertain").length };
  }

  verify(): Verification {
    return { lines: 0, entries: this.#entries.size, differences: [] };
  }

  tidy(): void {}

  #spend(id: string, amount: Nano): void {
    const kept = this.#advances.get(id);
    if (kept) this.#advances.set(id, { ...kept, advance: { ...kept.advance, spent: kept.advance.spent + amount } });
  }

  #waiting(account: string): Kept[] {
    return [...this.#entries.values()].filter((one) => one.account === account && !one.delivered);
  }
}
