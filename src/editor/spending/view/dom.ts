/** Small helpers over the DOM. What comes from the extension gets in as text alone. */

/** An element of a class, with a text. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** Sets a text where it is another: what has not changed is neither drawn nor read anew. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, isShown: boolean): void {
  element.hidden = !isShown;
}

/** A row of a table: a head for the row, and cells of figures. */
export function rowOf(head: string | HTMLElement, figures: readonly (string | HTMLElement)[]): HTMLTableRowElement {
  const row = make("tr");
  const first = make("th");
  first.scope = "row";
  first.append(head);
  row.append(first, ...figures.map((figure) => cellOf(figure)));
  return row;
}

function cellOf(figure: string | HTMLElement): HTMLTableCellElement {
  const cell = make("td", "number");
  cell.append(figure);
  return cell;
}

/** The heads of a table's columns; all but the first are of figures. */
export function headOf(columns: readonly string[]): HTMLTableSectionElement {
  const section = make("thead");
  const row = make("tr");
  for (const [index, column] of columns.entries()) {
    const cell = make("th", index === 0 ? "" : "number", column);
    cell.scope = "col";
    row.append(cell);
  }
  section.append(row);
  return section;
}
