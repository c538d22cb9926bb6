import { Keyed, make, say, show } from "../../webview/dom.ts";
import type { Choice, PartRow, PreviewView, Words } from "../protocol.ts";

/** Colours that follow one another; parts beyond them begin again. */
const COLOURS = 6;

/** What fills the prompt: a bar, and a table that says the same in words. */
export class PartsView {
  readonly element = make("section", "parts");
  private readonly heading = make("h2");
  private readonly bar = make("div", "bar");
  private readonly head: HTMLTableCellElement[];
  private readonly total = make("tr");
  private readonly empty = make("p", "muted");
  private readonly segments: Keyed<PartRow, HTMLSpanElement>;
  private readonly rows: Keyed<PartRow, HTMLTableRowElement>;
  private readonly colours = new Map<string, number>();

  constructor(choose: (choice: Choice) => void) {
    this.bar.setAttribute("aria-hidden", "true"); // the table says it
    const table = make("table");
    const head = make("tr");
    this.head = ["", "number", "number", ""].map((className, index) => {
      const cell = make("th", className);
      cell.scope = "col";
      cell.append(make("span", index === 3 ? "unseen" : "")); // the buttons below it say what they are
      return cell;
    });
    head.append(...this.head);
    const body = make("tbody");
    const top = make("thead");
    top.append(head);
    const bottom = make("tfoot");
    const label = make("th");
    label.scope = "row";
    this.total.append(label, make("td", "number"), make("td"), make("td"));
    bottom.append(this.total);
    table.append(top, body, bottom);
    this.heading.id = "parts-heading";
    table.setAttribute("aria-labelledby", this.heading.id);
    this.segments = new Keyed(
      this.bar,
      ({ id }) => id,
      () => make("span"),
      (segment, part) => this.updateSegment(segment, part),
    );
    this.rows = new Keyed(
      body,
      ({ id }) => id,
      makeRow,
      (row, part) => this.updateRow(row, part),
    );
    body.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement) choose({ kind: "include", part: target.value, isIncluded: target.checked });
    });
    body.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLButtonElement) choose({ kind: "remove", part: target.value });
    });
    this.element.append(this.heading, this.bar, table, this.empty);
  }

  render({ parts, total }: PreviewView, words: Words): void {
    say(this.heading, words.parts);
    const { part, tokens, share } = words.partColumns;
    const columns = [part, tokens, share, words.remove];
    for (const [index, cell] of this.head.entries()) say(cell.firstElementChild!, columns[index]!);
    say(this.total.cells[0]!, total.label);
    say(this.total.cells[1]!, total.tokens);
    const shown = parts.filter(({ fraction }) => fraction > 0);
    for (const [index, { id }] of shown.entries()) this.colours.set(id, (index % COLOURS) + 1);
    this.segments.render(shown);
    this.rows.render(parts);
    show(this.bar, shown.length > 0);
    show(this.empty, shown.length === 0);
    say(this.empty, words.noParts);
  }

  private updateSegment(segment: HTMLSpanElement, { id, fraction, name, share }: PartRow): void {
    segment.className = `segment part-${this.colours.get(id)}`;
    segment.style.flexGrow = String(fraction);
    segment.title = `${name}: ${share}`;
  }

  private updateRow(row: HTMLTableRowElement, part: PartRow): void {
    const [head, tokens, share, last] = [...row.cells] as [
      HTMLTableCellElement,
      HTMLTableCellElement,
      HTMLTableCellElement,
      HTMLTableCellElement,
    ];
    row.classList.toggle("left-out", !part.isIncluded);
    const [box, swatch, name, kind] = [...head.firstElementChild!.children] as [
      HTMLInputElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
    ];
    const colour = part.fraction > 0 ? `part-${this.colours.get(part.id)}` : "";
    box.className = colour;
    swatch.className = `swatch ${colour}`;
    show(box, part.canExclude);
    show(swatch, !part.canExclude);
    if (box.checked !== part.isIncluded) box.checked = part.isIncluded;
    box.ariaLabel = part.includeLabel;
    say(name, part.name);
    say(kind, part.kind);
    say(tokens, part.tokens);
    say(share, part.share);
    const remove = last.querySelector("button")!;
    show(remove, part.canRemove);
    remove.ariaLabel = part.removeLabel;
    remove.title = part.removeLabel;
  }
}

function makeRow({ id }: PartRow): HTMLTableRowElement {
  const row = make("tr");
  const head = make("th");
  head.scope = "row";
  const box = make("input");
  box.type = "checkbox";
  box.value = id;
  const cell = make("div", "part-name");
  cell.append(box, make("span", "swatch"), make("span", "name"), make("span", "muted"));
  head.append(cell);
  const last = make("td", "tools");
  const remove = make("button", "icon", "✕");
  remove.type = "button";
  remove.value = id;
  last.append(remove);
  row.append(head, make("td", "number"), make("td", "number"), last);
  return row;
}
