import type { SpendingRow, SpendingTable, SpendingView } from "../protocol.ts";
import { headOf, make, rowOf } from "./dom.ts";

/** What used it up, by model, workspace and way in: a bar in each row, and its figures. */
export class TablesView {
  readonly element = make("div", "tables");

  render({ tables, words }: SpendingView): void {
    this.element.replaceChildren(...tables.filter(({ rows }) => rows.length > 0).map((table) => sectionOf(table, words.columns)));
  }
}

function sectionOf({ id, heading, column, rows }: SpendingTable, words: SpendingView["words"]["columns"]): HTMLElement {
  const section = make("section", `by-${id}`);
  const title = make("h2", "", heading);
  title.id = `${id}-heading`;
  const table = make("table");
  table.setAttribute("aria-labelledby", title.id);
  const body = make("tbody");
  body.append(...rows.map(barRow));
  table.append(headOf([column, words.amount, words.share, words.requests]), body);
  section.append(title, table);
  return section;
}

function barRow({ name, amount, share, fraction, requests }: SpendingRow): HTMLTableRowElement {
  const head = make("div", "named");
  const bar = make("div", "share-bar");
  bar.setAttribute("aria-hidden", "true");
  const filled = make("div", "filled");
  filled.style.width = `${100 * fraction}%`;
  bar.append(filled);
  head.append(make("span", "name", name), bar);
  return rowOf(head, [amount, share, requests]);
}
