import { setImmediate as turn } from "node:timers/promises";
import { min, type Nano, parseAmount, shareOf } from "../../budget/money.ts";
import type { Coverage } from "../../protocol/daemon.ts";
import { type Entry, ORIGINS } from "../../protocol/endpoint.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** Read at once, before others have their turn. */
const SLICE = 500;
const DAY = 86_400_000;
/** The days that shares are of. */
const DAYS = 14;

type Level = "guarded" | "observed";
type Sums = Record<Entry["origin"], Record<Level, Nano>>;

/**
 * How much of what this machine spends is asked about before, and how much only counted after: of an assistant's calls, what its turns' holds
 * have covered was asked about. The ledger's entries are what counts: they are read once, then only what is new.
 */
export class CoverageBook {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #days = new Map<number, Sums>();
  #mark = 0;
  #reading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(ledger: Ledger, clock: Clock, changed: () => void) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Takes in what was spent since the last time. */
  update(): void {
    this.#reading = this.#reading.then(() => this.#read()).catch(() => {}); // the ledger's warning says why
  }

  dispose(): void {
    this.#closed = true;
  }

  /** The part of what was spent lately that came by a way in and is so accounted for, 0..1; undefined where nothing was spent. */
  share(origin: Entry["origin"], level: Level): number | undefined {
    let [part, whole] = [0n, 0n];
    for (const sums of this.#days.values())
      for (const [name, { guarded, observed }] of Object.entries(sums)) {
        whole += guarded + observed;
        if (name === origin) part += level === "guarded" ? guarded : observed;
      }
    return whole > 0n ? shareOf(part, whole) : undefined;
  }

  async #read(): Promise<void> {
    const today = Math.floor(this.#clock.wall() / DAY);
    for (const day of [...this.#days.keys()]) if (day <= today - DAYS) this.#days.delete(day);
    const since = new Date((today - DAYS + 1) * DAY).toISOString();
    let news = false;
    while (!this.#closed) {
      const { mark, entries } = this.#ledger.entriesAfter(undefined, this.#mark, since, SLICE);
      for (const { entry } of entries) this.#add(entry);
      this.#mark = mark;
      news ||= entries.length > 0;
      if (entries.length < SLICE) break;
      await turn();
    }
    if (news && !this.#closed) this.#changed();
  }

  /** In tokens where a plan covers it and it costs nothing, at a millionth of a dollar each: small beside what costs money. */
  #add({ at, origin, cost, tokens, held }: Entry): void {
    const day = Math.floor(Date.parse(at) / DAY);
    const sums = this.#days.get(day) ?? noSums();
    this.#days.set(day, sums);
    const usd = parseAmount(cost);
    const spent = usd > 0n ? usd : parseAmount(tokens) / 1_000_000n;
    const covered = usd > 0n ? parseAmount(held.usd) : parseAmount(held.tokens) / 1_000_000n;
    const guarded = origin === "copilot" ? min(spent, covered) : spent;
    sums[origin].guarded += guarded;
    sums[origin].observed += spent - guarded;
  }
}

function noSums(): Sums {
  return Object.fromEntries(ORIGINS.map((origin) => [origin, { guarded: 0n, observed: 0n }])) as Sums;
}

/** What is seen of each way in, and how much of what is spent lately that is. */
export function coverageOf(book: CoverageBook, copilot: { hooks: boolean; telemetry: boolean }): Coverage[] {
  const row = (source: string, origin: Entry["origin"], level: Level): Coverage => {
    const share = book.share(origin, level);
    return { source, level, ...(share !== undefined && { share }) };
  };
  const observed = book.share("copilot", "observed");
  const copilotRows: Coverage[] = [
    ...(copilot.hooks ? [row("Copilot Chat", "copilot", "guarded")] : []),
    ...(copilot.telemetry && (!copilot.hooks || (observed ?? 0) > 0) ? [row("Copilot Chat", "copilot", "observed")] : []),
  ];
  return [
    row("Send Prompt", "send", "guarded"),
    row("Chat with Token Budget models", "chat", "guarded"),
    ...(copilotRows.length > 0 ? copilotRows : [{ source: "Copilot Chat", level: "unseen" as const }]),
    { source: "Assistants in terminals", level: "unseen" },
  ];
}
