import { barOf } from "../../webview/bars.ts";
import { headOf, make, rowOf, say, show } from "../../webview/dom.ts";
import type { MeterRow, TeamView } from "../protocol.ts";

/** So many people are shown at first. */
const FIRST = 8;

/** What the team shares and how people stand, the closest to their limits first: a meter in each row, and the same in words. */
export class Meters {
  readonly element = make("section", "meters");
  private readonly heading = make("h2");
  private readonly table = make("table");
  private readonly withheld = make("p", "muted");
  private readonly more = make("button", "link");
  private showsAll = false;
  private last: TeamView | undefined;

  constructor() {
    this.heading.id = "meters-heading";
    this.table.setAttribute("aria-labelledby", this.heading.id);
    this.more.type = "button";
    this.more.addEventListener("click", () => {
      this.showsAll = true;
      if (this.last) this.render(this.last);
      this.table.querySelectorAll("tr")[FIRST + 1]?.focus();
    });
    this.element.append(this.heading, this.table, this.more, this.withheld);
  }

  render(view: TeamView): void {
    this.last = view;
    const { meters, withheld, words } = view;
    const shared = meters.filter(({ isShared }) => isShared);
    const people = meters.filter(({ isShared }) => !isShared);
    const shown = this.showsAll ? people : people.slice(0, FIRST);
    say(this.heading, words.people);
    show(this.table, meters.length > 0);
    const body = make("tbody");
    body.append(...[...shared, ...shown].map(meterRow));
    this.table.replaceChildren(headOf(words.meterColumns), body);
    say(this.more, `${words.showAll} (${people.length})`);
    show(this.more, shown.length < people.length);
    say(this.withheld, withheld ?? "");
    show(this.withheld, withheld !== undefined);
  }
}

function meterRow({ name, allowance, level, fraction, used, percent, pace }: MeterRow): HTMLTableRowElement {
  const who = make("div", "who");
  who.append(make("span", "name", name), make("span", "muted", allowance));
  const meter = make("div", "meter");
  const figures = make("div", "meter-figures");
  figures.append(make("span", "", used), make("span", "muted", percent));
  meter.append(figures, barOf(fraction, level));
  const where = make("span", `leads ${level}`, pace);
  const row = rowOf(who, [meter, where]);
  row.tabIndex = -1;
  row.className = level;
  return row;
}
