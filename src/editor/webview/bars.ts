import { headOf, make, rowOf } from "./dom.ts";

/** A row of a table: a name with a bar below it, and figures. */
export interface BarRow {
  name: string;
  /** Of the longest bar, 0..1. */
  fraction: number;
  figures: readonly string[];
  /** Number of the colour that the same thing has in a chart (from 1); absent: that of all bars. */
  color?: number;
}

/** A heading and its table of bars. `id`: of the section in this page, e.g. `model`. */
export function barSection(id: string, heading: string, columns: readonly string[], rows: readonly BarRow[]): HTMLElement {
  const section = make("section", `by-${id}`);
  const title = make("h2", "", heading);
  title.id = `${id}-heading`;
  const table = make("table");
  table.setAttribute("aria-labelledby", title.id);
  const body = make("tbody");
  body.append(...rows.map(barRow));
  table.append(headOf(columns), body);
  section.append(title, table);
  return section;
}

function barRow({ name, fraction, figures, color }: BarRow): HTMLTableRowElement {
  const head = make("div", "named");
  head.append(make("span", "name", name), barOf(fraction, color === undefined ? "" : `color-${color}`));
  return rowOf(head, figures);
}

/** A bar that is filled so far; the figures beside it say the same. */
export function barOf(fraction: number, className: string): HTMLElement {
  const bar = make("div", "share-bar");
  bar.setAttribute("aria-hidden", "true");
  const filled = make("div", `filled ${className}`.trim());
  filled.style.width = `${100 * Math.min(1, fraction)}%`;
  bar.append(filled);
  return bar;
}
