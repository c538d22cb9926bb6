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

/**
 * One element for each item, in their order, behind what the parent had before; an item that was there before keeps its element, and with it
 * the focus.
 */
export class Keyed<T, E extends HTMLElement> {
  private readonly parent: HTMLElement;
  private readonly first: number;
  private readonly keyOf: (item: T) => string;
  private readonly create: (item: T) => E;
  private readonly update: (element: E, item: T) => void;
  private readonly known = new Map<string, E>();

  constructor(parent: HTMLElement, keyOf: (item: T) => string, create: (item: T) => E, update: (element: E, item: T) => void) {
    this.parent = parent;
    this.first = parent.children.length;
    this.keyOf = keyOf;
    this.create = create;
    this.update = update;
  }

  render(items: readonly T[]): void {
    const keys = new Set(items.map(this.keyOf));
    for (const [key, element] of this.known) {
      if (keys.has(key)) continue;
      element.remove();
      this.known.delete(key);
    }
    for (const [index, item] of items.entries()) {
      const key = this.keyOf(item);
      const element = this.known.get(key) ?? this.create(item);
      this.known.set(key, element);
      const there = this.parent.children[this.first + index];
      if (there !== element) this.parent.insertBefore(element, there ?? null);
      this.update(element, item);
    }
  }
}

/** Changes the page and leaves the focus where it was: an element that is moved would lose it. */
export function keepingFocus(change: () => void): void {
  const focused = document.activeElement;
  change();
  if (focused instanceof HTMLElement && focused.isConnected && document.activeElement !== focused)
    focused.focus({ preventScroll: true });
}

/** A text as the list of those in it that are said, set apart by a middle dot. */
export function joined(...texts: (string | undefined)[]): string {
  return texts.filter(Boolean).join(" · ");
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

/** An element of a drawing. */
export function draw(tag: string, attributes: Record<string, string | number> = {}): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
