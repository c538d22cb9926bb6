import { headOf, make, rowOf, say, show } from "../../webview/dom.ts";
import type { DayColumn, SpendingView } from "../protocol.ts";

/** The days: a chart of columns, and a table beside it that says the same in words. */
export class DaysView {
  readonly element = make("section", "days");
  private readonly heading = make("h2");
  private readonly chart = make("div", "chart");
  private readonly columns = make("div", "columns");
  private readonly even = make("div", "even");
  private readonly caption = make("p", "caption");
  private readonly scroll = make("div", "scroll");
  private readonly table = make("table");

  constructor() {
    this.heading.id = "days-heading";
    this.chart.setAttribute("aria-hidden", "true"); // the table says it
    const overlay = make("div", "overlay");
    overlay.append(this.even);
    this.chart.append(this.columns, overlay);
    this.table.setAttribute("aria-labelledby", this.heading.id);
    this.scroll.tabIndex = 0; // the keyboard can scroll it
    this.scroll.setAttribute("role", "group");
    this.scroll.setAttribute("aria-labelledby", this.heading.id);
    this.scroll.append(this.table);
    const both = make("div", "both");
    both.append(this.chart, this.scroll);
    const top = make("div", "top");
    top.append(this.heading, this.caption);
    this.element.append(top, both);
  }

  render({ days, even, words }: SpendingView): void {
    say(this.heading, words.days);
    this.columns.replaceChildren(...days.map(columnOf));
    this.columns.classList.toggle("several", days.length > 14 && days.length <= 31);
    this.columns.classList.toggle("many", days.length > 31);
    show(this.even, even !== undefined);
    this.even.style.bottom = `${100 * (even?.fraction ?? 0)}%`;
    show(this.caption, even !== undefined);
    say(this.caption, even?.label ?? "");
    const { day, amount, requests } = words.columns;
    const body = make("tbody");
    body.append(
      ...days
        .filter((one) => one.amount !== "")
        .toReversed()
        .map(dayRow),
    );
    this.table.replaceChildren(headOf([day, amount, requests]), body);
  }
}

function columnOf({ name, label, amount, requests, fraction, isToday }: DayColumn): HTMLElement {
  const column = make("div", isToday ? "column today" : "column");
  if (amount) column.title = `${name}: ${amount} (${requests})`;
  const space = make("div", "space");
  const bar = make("div", fraction > 0 ? "bar" : "bar nothing");
  bar.style.height = `${100 * fraction}%`;
  space.append(bar);
  column.append(space, make("span", "label", label));
  return column;
}

function dayRow({ name, amount, requests, isToday }: DayColumn): HTMLTableRowElement {
  const row = rowOf(name, [amount, requests]);
  row.className = isToday ? "today" : "";
  return row;
}
