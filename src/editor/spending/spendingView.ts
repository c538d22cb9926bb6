import { figuresOf, type MachineAllowance } from "../../budget/allowance/allowance.ts";
import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { forecastOf } from "../../budget/forecast/forecast.ts";
import { max, type Nano, parseAmount, shareOf, type Unit } from "../../budget/money.ts";
import { type CalendarDay, DayFinder, daysLater } from "../../budget/period/calendarDay.ts";
import { percent } from "../../budget/share.ts";
import { LONGEST_HISTORY, RECENT_DAYS, unitOf } from "../../budget/spending/recentSpending.ts";
import {
  amountOf,
  type Dimension,
  partsBy,
  type SpendPart,
  type SpendRow,
  spendByDay,
  totalOf,
} from "../../budget/spending/spending.ts";
import { matchesModel } from "../../prices/pattern.ts";
import type { History, State } from "../../protocol/daemon.ts";
import { allowanceText } from "../meter/text.ts";
import type { Reader } from "../words.ts";
import type { DayColumn, SpendingTable, SpendingView } from "./protocol.ts";
import { dayText, labelOf, originText } from "./words.ts";

/** Days that can be looked back, whatever the allowances. */
const LOOK_BACK = [RECENT_DAYS, 30, LONGEST_HISTORY];

/** What is looked at: an allowance's period so far, or the last days. */
interface Range {
  id: string;
  label: string;
  from: CalendarDay;
  /** The period's end, where it is an allowance's. */
  to?: CalendarDay;
  allowance?: MachineAllowance;
}

/** What can be looked at, the tightest allowance's period first. Rows know neither projects nor purposes: what draws on an allowance for these is not known. */
function rangesOf({ allowances }: Pick<State, "allowances">, { today, timeZone }: History, { t }: Reader): Range[] {
  const finder = new DayFinder(timeZone);
  const periods = allowances
    .filter(({ projects, purposes }) => !projects && !purposes)
    .toSorted((a, b) => figuresOf(b).share - figuresOf(a).share)
    .map(
      (allowance): Range => ({
        ...{ id: allowance.id, label: allowance.name, allowance },
        from: finder.dayOf(Date.parse(allowance.period.start)),
        to: finder.dayOf(Date.parse(allowance.period.resetsAt) - 1),
      }),
    );
  const lately = LOOK_BACK.map(
    (days): Range => ({ id: `last ${days}`, label: t("{0} days", days), from: daysLater(today, 1 - days) }),
  );
  return [...periods, ...lately];
}

/** All that the view shows. Pure: the same for the same history, allowances and choice. */
export function spendingView(
  history: History,
  state: Pick<State, "allowances">,
  chosen: string | undefined,
  reader: Reader,
): SpendingView {
  const { t } = reader;
  const ranges = rangesOf(state, history, reader);
  const range = ranges.find(({ id }) => id === chosen) ?? ranges[0]!;
  const { allowance } = range;
  const rows = rowsIn(history.rows, range);
  const unit = allowance?.unit ?? unitOf(rows);
  const total = totalOf(rows)[unit];
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const since = t("since {0}", dayText(range.from, reader));
  const tables = tablesOf(rows, unit, reader);
  const pace = allowance && paceOf(allowance, history, reader);
  const { days, even } = daysOf(rows, range, history.today, unit, reader);
  const answer = answerOf(tables, t);
  const amount = amountText(total, unit);
  const summary = [range.label, since, requestsText(requests, reader)].join(" · ");
  return {
    ranges: ranges.map(({ id, label }) => ({ id, label, isChosen: id === range.id })),
    ...{ total: amount, summary, days, tables },
    ...(pace && { pace }),
    ...(answer !== undefined && { answer }),
    ...(even && { even }),
    notes: notesOf(rows, range, total, history, reader),
    words: {
      heading: t("Spent from this machine"),
      range: t("What to look at"),
      days: t("By day"),
      columns: { day: t("Day"), amount: unit === "usd" ? t("Cost") : t("Tokens"), share: t("Share"), requests: t("Requests") },
      nothing: t("Nothing was sent from this machine in this time."),
      copy: t("Copy as Table"),
    },
    announcement: [t("{0}: {1}", range.label, amount), answer].filter(Boolean).join(". "),
  };
}

/** The rows of a range, of the models that its allowance is for. */
function rowsIn(rows: readonly SpendRow[], { from, allowance }: Range): SpendRow[] {
  const models = allowance?.models;
  return rows.filter((row) => row.day >= from && (models?.some((pattern) => matchesModel(pattern, row)) ?? true));
}

function paceOf(allowance: MachineAllowance, history: History, reader: Reader): SpendingView["pace"] {
  const habits = { pattern: history.patterns[allowance.id], timeZone: history.timeZone };
  const { outlook } = forecastOf(allowance, reader.now, habits);
  const { left, reset, pace } = allowanceText(allowance, reader, history);
  return { text: [left, pace, reset].filter(Boolean).join(" · "), isBad: outlook === "runsOut" || outlook === "spent" };
}

function daysOf(
  rows: readonly SpendRow[],
  { from, to = "", allowance }: Range,
  today: CalendarDay,
  unit: Unit,
  reader: Reader,
): Pick<SpendingView, "days" | "even"> {
  const requests = new Map(partsBy(rows, "day", unit).map((part) => [part.value, part.requests]));
  const spent = spendByDay(rows, from, to > today ? to : today, unit);
  const length = spent.length;
  const even = allowance && length > 1 ? parseAmount(allowance.limit) / BigInt(length) : undefined;
  const highest = spent.reduce((most, one) => max(most, one.spent), even ?? 0n);
  const days = spent.map(
    ({ day, spent: amount }): DayColumn => ({
      name: dayText(day, reader, "short"),
      label: labelOf(day, length, reader),
      amount: day > today ? "" : amountText(amount, unit),
      requests: day > today ? "" : String(requests.get(day) ?? 0),
      fraction: highest > 0n ? shareOf(amount, highest) : 0,
      isToday: day === today,
    }),
  );
  if (even === undefined || even === 0n) return { days };
  const label = reader.t("{0} a day would last to the reset", amountText(even, unit));
  return { days, even: { fraction: shareOf(even, highest), label } };
}

function tablesOf(rows: readonly SpendRow[], unit: Unit, reader: Reader): SpendingTable[] {
  const { t } = reader;
  const names = partsBy(rows, "model", unit).map(({ value }) => bareName(value));
  const isUnique = (name: string) => names.filter((other) => other === name).length === 1;
  const modelName = (value: string) => (isUnique(bareName(value)) ? bareName(value) : value);
  const table = (id: SpendingTable["id"], heading: string, column: string, nameOf: (value: string) => string) => ({
    ...{ id, heading, column },
    rows: rowsBy(rows, id, unit, nameOf, reader),
  });
  return [
    table("model", t("By model"), t("Model"), (value) => modelName(value) || t("other models")),
    table("workspace", t("By workspace"), t("Workspace"), (value) => value || t("no workspace")),
    table("origin", t("By way in"), t("Way in"), (value) => originText(value, reader)),
  ];
}

/** A model's name without its provider's. */
function bareName(value: string): string {
  return value.slice(value.indexOf("/") + 1);
}

function rowsBy(rows: readonly SpendRow[], dimension: Dimension, unit: Unit, nameOf: (value: string) => string, reader: Reader) {
  const parts = partsBy(rows, dimension, unit);
  const largest = parts.reduce((most: Nano, part: SpendPart) => max(most, amountOf(part, unit)), 0n);
  return parts.map((part) => ({
    name: nameOf(part.value),
    amount: amountText(amountOf(part, unit), unit),
    share: percent(part.share),
    fraction: largest > 0n ? shareOf(amountOf(part, unit), largest) : 0,
    requests: part.requests.toLocaleString(reader.locale),
  }));
}

/** `Mostly gpt-5 (62%), in booking (58%), by Chat (71%).` */
function answerOf(tables: readonly SpendingTable[], t: Reader["t"]): string | undefined {
  const [model, workspace, origin] = tables.map(({ rows }) => rows[0] && t("{0} ({1})", rows[0].name, rows[0].share));
  if (!model || !workspace || !origin) return undefined;
  return t("Mostly {0}, in {1}, by {2}", model, workspace, origin);
}

function notesOf(
  rows: readonly SpendRow[],
  { from, allowance }: Range,
  total: Nano,
  { first }: History,
  reader: Reader,
): string[] {
  const { t } = reader;
  const uncertain = rows.reduce((sum, row) => sum + row.uncertain, 0);
  const elsewhere = allowance ? parseAmount(allowance.spend) - total : 0n;
  const amount = allowance && elsewhere > 0n ? amountText(elsewhere, allowance.unit) : undefined;
  return [
    amount !== undefined &&
      (allowance!.per === "team"
        ? t("{0} more was used by others of the team, from other machines, or by corrections.", amount)
        : t("{0} more was used from other machines, or by corrections.", amount)),
    allowance?.exempt !== undefined && t("Also what draws on an allowance of its own by its purpose is in it."),
    uncertain > 0 && t("{0} ended unseen, charged at the estimate.", requestsText(uncertain, reader)),
    first !== undefined && first > from && t("This machine knows of requests since {0}.", dayText(first, reader)),
  ].filter((note) => typeof note === "string");
}

function requestsText(count: number, { t, locale }: Reader): string {
  return count === 1 ? t("1 request") : t("{0} requests", count.toLocaleString(locale));
}

/** The view's tables for a clipboard: Markdown, which spreadsheets and issues take. */
export function spendingMarkdown({ total, summary, days, tables, words }: SpendingView): string {
  const { day, amount, share, requests } = words.columns;
  const sent = days.filter((one) => one.amount !== "");
  return [
    `${summary}: ${total}`,
    tableText(
      [day, amount, requests],
      sent.map((one) => [one.name, one.amount, one.requests]),
    ),
    ...tables.map(({ column, rows }) =>
      tableText(
        [column, amount, share, requests],
        rows.map((row) => [row.name, row.amount, row.share, row.requests]),
      ),
    ),
  ].join("\n\n");
}

function tableText(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replace(/[\\|`\r\n<>[\]]/g, "\\$&")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
