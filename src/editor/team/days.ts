import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { max, type Nano, parseAmount, shareOf } from "../../budget/money.ts";
import { type CalendarDay, daysFrom, daysLater } from "../../budget/period/calendarDay.ts";
import { percent } from "../../budget/share.ts";
import type { Report, ReportRow } from "../../protocol/report.ts";
import { dayText, labelOf } from "../spending/words.ts";
import type { Reader } from "../words.ts";
import type { DayColumn, DaysView } from "./protocol.ts";

/** A chart has colours for so many models; the rest share one. */
export const COLORS = 5;

/** Spend by day, each told apart by the models in `colored`, the first of them at the bottom. `today`: in the report's time zone. */
export function daysOf(report: Report, colored: readonly string[], today: CalendarDay, reader: Reader): DaysView {
  const stacks = report.shown ? weeksOf(report) : stacksOf(report, colored);
  const highest = stacks.reduce((most, { total }) => max(most, total), 0n);
  const columns = stacks.map((stack): DayColumn => {
    const { day, through, total, requests, parts, most } = stack;
    return {
      name:
        through === undefined
          ? dayText(day, reader, "short")
          : `${dayText(day, reader, "short")} – ${dayText(through, reader, "short")}`,
      label: through === undefined ? labelOf(day, stacks.length, reader) : labelOf(day, 92, reader),
      amount: amountText(total, "usd"),
      requests: requests.toLocaleString(reader.locale),
      most: most && total > 0n ? reader.t("{0} ({1})", bareName(most.model), percent(shareOf(most.cost, total))) : "",
      parts: parts.map(({ cost, color }) => ({ fraction: highest > 0n ? shareOf(cost, highest) : 0, color })),
      isToday: day === today,
    };
  });
  return {
    columns,
    legend: report.shown ? [] : colored.map(bareName),
    caption: reader.t("{0} at most", amountText(highest, "usd")),
  };
}

interface Stack {
  day: CalendarDay;
  through?: CalendarDay;
  total: Nano;
  requests: number;
  parts: { cost: Nano; color: number }[];
  most?: { model: string; cost: Nano };
}

/** Every day of the report, also those without any request. */
function stacksOf({ from, to, rows }: Report, colored: readonly string[]): Stack[] {
  const byDay = Map.groupBy(rows, ({ by }) => by.day ?? "");
  return Array.from({ length: daysFrom(from, to) + 1 }, (_, index) => {
    const day = daysLater(from, index);
    return { day, ...stackOf(byDay.get(day) ?? [], colored) };
  });
}

function stackOf(rows: readonly ReportRow[], colored: readonly string[]): Omit<Stack, "day"> {
  const models = rows.map(({ by, cost }) => ({ model: by.model ?? "", cost: parseAmount(cost) }));
  const sum = (costs: readonly { cost: Nano }[]) => costs.reduce((before, { cost }) => before + cost, 0n);
  const parts = colored.map((name, index) => ({ cost: sum(models.filter(({ model }) => model === name)), color: index + 1 }));
  const rest = sum(models.filter(({ model }) => !colored.includes(model)));
  const [most] = models.toSorted((a, b) => (a.cost < b.cost ? 1 : -1));
  return {
    total: sum(models),
    requests: rows.reduce((before, { requests }) => before + requests, 0),
    parts: [...parts, { cost: rest, color: 0 }].filter(({ cost }) => cost > 0n),
    ...(most && { most }),
  };
}

/** Whole weeks, as far as they may be shown. */
function weeksOf({ rows }: Report): Stack[] {
  return rows.map(({ by, through, cost, requests }) => {
    const total = parseAmount(cost);
    return { day: by.day ?? "", ...(through !== undefined && { through }), total, requests, parts: [{ cost: total, color: 1 }] };
  });
}

/** A model's name without its provider's. */
export function bareName(model: string): string {
  return model.slice(model.indexOf("/") + 1);
}
