import { barSection } from "../../webview/bars.ts";
import { make } from "../../webview/dom.ts";
import type { SpendingTable, SpendingView } from "../protocol.ts";

/** What used it up, by model, workspace and way in: a bar in each row, and its figures. */
export class TablesView {
  readonly element = make("div", "tables");

  render({ tables, words }: SpendingView): void {
    this.element.replaceChildren(...tables.filter(({ rows }) => rows.length > 0).map((table) => sectionOf(table, words.columns)));
  }
}

function sectionOf({ id, heading, column, rows }: SpendingTable, words: SpendingView["words"]["columns"]): HTMLElement {
  const bars = rows.map(({ name, fraction, amount, share, requests }) => ({
    name,
    fraction,
    figures: [amount, share, requests],
  }));
  return barSection(id, heading, [column, words.amount, words.share, words.requests], bars);
}
