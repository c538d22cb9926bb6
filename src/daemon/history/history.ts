import { setImmediate as turn } from "node:timers/promises";
import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import { PATTERN_DAYS, patternOf, type SpendPattern } from "../../budget/forecast/spendPattern.ts";
import { type CalendarDay, daysLater } from "../../budget/period/calendarDay.ts";
import { LONGEST_HISTORY } from "../../budget/spending/recentSpending.ts";
import { type SpendRow, spendByDay } from "../../budget/spending/spending.ts";
import { matchesModel } from "../../prices/pattern.ts";
import type { History } from "../../protocol/daemon.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { DayBook } from "./dayBook.ts";

/** Read at once, before others have their turn: a ledger of months must not keep the guard waiting. */
const SLICE = 500;
const DAY_MS = 86_400_000;

/** Whose history, as of when. */
export interface HistoryView {
  /** Issuer and subject; empty when signed out. */
  account: string;
  /** IANA name of the time zone in which days begin. */
  timeZone: string;
  /** Epoch ms, by the endpoint's clock. */
  now: number;
  allowances: readonly MachineAllowance[];
}

/**
 * What an account's requests on this machine have used, day by day. Made from the ledger's entries when it is first asked for; from then on
 * it reads only what is new.
 */
export class HistoryBook {
  readonly #ledger: Ledger;
  #account: string | undefined;
  #book: DayBook | undefined;
  #mark = 0;
  #reading: Promise<unknown> = Promise.resolve();
  #patterns: { of: string; patterns: Record<string, SpendPattern> } | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The last `days` days, today included, with how the days of each allowance usually are. */
  async history(view: HistoryView, days: number): Promise<History> {
    const book = await this.#upToDate(view);
    const today = book.dayOf(view.now);
    const from = daysLater(today, 1 - Math.min(LONGEST_HISTORY, Math.max(1, Math.floor(days) || 1)));
    const { first } = book;
    return {
      ...{ timeZone: book.timeZone, from, today },
      ...(first !== undefined && { first }),
      rows: book.rows(from, today),
      patterns: this.#patternsOf(book, view, today),
    };
  }

  /** Reads what is new, one reader after the other. */
  #upToDate(view: HistoryView): Promise<DayBook> {
    const reading = this.#reading.then(() => this.#read(view));
    this.#reading = reading.catch(() => {}); // who asked hears of it
    return reading;
  }

  async #read({ account, timeZone, now }: HistoryView): Promise<DayBook> {
    if (this.#account !== account || this.#book?.timeZone !== timeZone) {
      this.#book = new DayBook(timeZone);
      this.#account = account;
      this.#mark = 0;
    }
    const book = this.#book;
    const since = new Date(now - (LONGEST_HISTORY + 1) * DAY_MS).toISOString();
    for (;;) {
      const { mark, entries } = this.#ledger.entriesAfter(account, this.#mark, since, SLICE);
      for (const entry of entries) book.add(entry);
      this.#mark = mark;
      if (entries.length < SLICE) break;
      await turn();
    }
    book.forgetBefore(daysLater(book.dayOf(now), -LONGEST_HISTORY));
    return book;
  }

  /** They are made of whole days, so once a day is enough. */
  #patternsOf(book: DayBook, { account, timeZone, allowances }: HistoryView, today: CalendarDay): Record<string, SpendPattern> {
    const own = allowances.filter(({ per }) => per !== "team"); // what others spend is not known here
    const of = JSON.stringify([account, timeZone, today, ...own.map(({ id, unit, models }) => [id, unit, models])]);
    if (this.#patterns?.of === of) return this.#patterns.patterns;
    const { first } = book;
    const yesterday = daysLater(today, -1);
    const earliest = daysLater(today, -PATTERN_DAYS);
    const from = first !== undefined && first > earliest ? first : earliest;
    const rows = first === undefined ? [] : book.rows(from, yesterday);
    const found = rows.length === 0 ? [] : own.map((one) => [one.id, patternOf(spendOf(one, rows, from, yesterday))] as const);
    const patterns = Object.fromEntries(found.filter((one): one is [string, SpendPattern] => one[1] !== undefined));
    this.#patterns = { of, patterns };
    return patterns;
  }
}

/** What an allowance's models have used, day by day, in its unit. */
function spendOf({ unit, models }: MachineAllowance, rows: readonly SpendRow[], from: CalendarDay, to: CalendarDay) {
  const drawn = rows.filter((row) => models?.some((pattern) => matchesModel(pattern, row)) ?? true);
  return spendByDay(drawn, from, to, unit);
}
