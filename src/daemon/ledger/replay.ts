import { type Nano, parseAmount } from "../../budget/money.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import { amountOf, type OpenRecord } from "./records.ts";
import type { Line } from "./rows.ts";

/** What the journal says of a request that was settled. */
export interface ReplayedEntry {
  /** Undefined where the line of its hold is not there any more. */
  record: OpenRecord | undefined;
  entry: Entry;
  /** The advance that reports it; empty: none does. Undefined where its hold's line is not there any more. */
  advance: string | undefined;
}

/** Rebuilds from the journal, line by line, what the other tables are caches of. */
export class Replay {
  readonly open = new Map<string, OpenRecord>();
  readonly entries = new Map<string, ReplayedEntry>();
  /** By advance (nano of its unit). */
  readonly spent = new Map<string, Nano>();

  take({ kind, request: id, body }: Line): void {
    const read = <T>() => JSON.parse(body!) as T;
    switch (kind) {
      case "hold":
      case "grow":
        this.#hold(read());
        return;
      case "sent":
        this.#change(id, (record) => ({ ...record, sent: true }));
        return;
      case "release":
        this.open.delete(id);
        return;
      case "settle":
        this.#settle(id, read());
        return;
      case "rebook": {
        const { advance, entry } = read<{ advance?: string; entry: Entry }>();
        this.entries.set(id, { record: this.entries.get(id)?.record, entry, advance: advance ?? "" });
        return;
      }
      case "surrender": {
        const { to, charged } = read<{ to?: string; charged: string }>();
        this.spent.set(id, 0n);
        if (to !== undefined) this.#spend(to, parseAmount(charged));
        return;
      }
      case "opening":
        this.spent.set(id, parseAmount(read<{ spent: string }>().spent));
    }
  }

  #hold(record: OpenRecord): void {
    this.open.set(record.id, { ...record, sent: record.sent || (this.open.get(record.id)?.sent ?? false) });
  }

  #settle(id: string, entry: Entry): void {
    const record = this.open.get(id);
    this.open.delete(id);
    for (const { advance, unit } of record?.holds ?? []) this.#spend(advance, amountOf(entry, unit));
    this.entries.set(id, { record, entry, advance: record && (record.holds[0]?.advance ?? "") });
  }

  #change(id: string, change: (record: OpenRecord) => OpenRecord): void {
    const record = this.open.get(id);
    if (record) this.open.set(id, change(record));
  }

  #spend(advance: string, amount: Nano): void {
    this.spent.set(advance, (this.spent.get(advance) ?? 0n) + amount);
  }
}
