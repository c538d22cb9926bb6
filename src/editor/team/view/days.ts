import { draw, headOf, make, rowOf, say, show } from "../../webview/dom.ts";
import type { DayColumn, TeamView } from "../protocol.ts";

/** Units of the drawing, which is stretched to the room that there is. */
const STEP = 10;
const GAP = 1.6;
const HEIGHT = 100;

/** Spend by day (or week): a chart of columns, each told apart by model, and a table beside it that says the same in words. */
export class Days {
  readonly element = make("section", "days");
  private readonly heading = make("h2");
  private readonly caption = make("p", "caption");
  private readonly legend = make("ul", "legend");
  private readonly chart = draw("svg", { preserveAspectRatio: "none" });
  private readonly labels = make("div", "labels");
  private readonly scroll = make("div", "scroll");
  private readonly table = make("table");

  constructor() {
    this.heading.id = "days-heading";
    const picture = make("div", "picture");
    picture.setAttribute("aria-hidden", "true"); // the table says it
    picture.append(this.chart, this.labels, this.legend);
    this.table.setAttribute("aria-labelledby", this.heading.id);
    this.scroll.tabIndex = 0; // the keyboard can scroll it
    this.scroll.setAttribute("role", "group");
    this.scroll.setAttribute("aria-labelledby", this.heading.id);
    this.scroll.append(this.table);
    const both = make("div", "both");
    both.append(picture, this.scroll);
    const top = make("div", "top");
    top.append(this.heading, this.caption);
    this.element.append(top, both);
  }

  render({ days: { columns, legend, caption }, words }: TeamView): void {
    say(this.heading, words.days);
    say(this.caption, caption);
    this.chart.setAttribute("viewBox", `0 0 ${Math.max(1, columns.length) * STEP} ${HEIGHT}`);
    this.chart.replaceChildren(...columns.map(columnOf));
    this.labels.classList.toggle("several", columns.length > 14);
    this.labels.replaceChildren(...columns.map(({ label, isToday }) => make("span", isToday ? "today" : "", label)));
    this.legend.replaceChildren(...legend.map((name, index) => legendOf(name, index + 1)));
    show(this.legend, legend.length > 1);
    const body = make("tbody");
    body.append(...columns.toReversed().map((column) => dayRow(column, words.dayColumns.length)));
    this.table.replaceChildren(headOf(words.dayColumns), body);
  }
}

function columnOf({ name, amount, requests, most, parts, isToday }: DayColumn, index: number): SVGElement {
  const group = draw("g", { class: isToday ? "today" : "" });
  const title = draw("title");
  title.textContent = [`${name}: ${amount} (${requests})`, most].filter(Boolean).join(" · ");
  // All of its height reacts to the pointer.
  group.append(title, draw("rect", { class: "room", x: index * STEP, y: 0, width: STEP, height: HEIGHT }));
  let top = HEIGHT;
  for (const { fraction, color } of parts) {
    const height = fraction * HEIGHT;
    top -= height;
    group.append(draw("rect", { class: `color-${color}`, x: index * STEP + GAP / 2, y: top, width: STEP - GAP, height }));
  }
  return group;
}

function legendOf(name: string, color: number): HTMLLIElement {
  const item = make("li");
  item.append(make("span", `swatch color-${color}`), make("span", "", name));
  return item;
}

function dayRow({ name, amount, requests, most, isToday }: DayColumn, columns: number): HTMLTableRowElement {
  const row = rowOf(name, [amount, requests, most].slice(0, columns - 1));
  row.className = isToday ? "today" : "";
  return row;
}
