import { joined, Keyed, make, say, show } from "../../webview/dom.ts";
import type { ModelRow, PreviewView, Words } from "../protocol.ts";
import { Verdict } from "./verdict.ts";

type Column = keyof Words["modelColumns"];

/** The columns in their order; where there is no room for the `wide` ones, the chosen model's row has a second one that says the same. */
const COLUMNS: readonly { name: Column; className: string }[] = [
  { name: "model", className: "" },
  { name: "tokens", className: "number tokens" },
  { name: "input", className: "number wide" },
  { name: "output", className: "number wide" },
  { name: "total", className: "number" },
  { name: "share", className: "number wide" },
  { name: "window", className: "number wide" },
  { name: "verdict", className: "" },
];

/** The models: a radio button in each row's head chooses the one that is looked at more closely. */
export class ModelsView {
  readonly element = make("section", "models");
  private readonly heading = make("h2");
  private readonly table = make("table");
  private readonly empty = make("p", "muted");
  private readonly head = new Map<Column, HTMLTableCellElement>();
  private readonly rows: Keyed<ModelRow, ModelRowElement["element"]>;
  private readonly made = new WeakMap<HTMLElement, ModelRowElement>();
  private words: Words["modelColumns"] | undefined;

  constructor(choose: (model: string) => void) {
    const head = make("tr");
    for (const { name, className } of COLUMNS) {
      const cell = make("th", className);
      cell.scope = "col";
      this.head.set(name, cell);
      head.append(cell);
    }
    const top = make("thead");
    top.append(head);
    this.table.append(top);
    this.heading.id = "models-heading";
    this.table.setAttribute("aria-labelledby", this.heading.id);
    this.rows = new Keyed(
      this.table,
      ({ id }) => id,
      ({ id }) => {
        const row = new ModelRowElement(id);
        this.made.set(row.element, row);
        return row.element;
      },
      (element, row) => this.made.get(element)!.render(row, this.words!),
    );
    this.table.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement) choose(target.value);
    });
    this.table.addEventListener("click", ({ target }) => {
      const group = target instanceof Element ? target.closest("tbody") : undefined;
      const radio = group?.querySelector("input");
      if (radio && !radio.checked) radio.click();
    });
    this.element.append(this.heading, this.table, this.empty);
  }

  render({ models }: PreviewView, words: Words): void {
    this.words = words.modelColumns;
    say(this.heading, words.models);
    for (const [name, cell] of this.head) say(cell, words.modelColumns[name]);
    this.rows.render(models);
    show(this.table, models.length > 0);
    show(this.empty, models.length === 0);
    say(this.empty, words.noModels);
  }
}

/** One model: its row, and what its columns say again for narrow views. */
class ModelRowElement {
  readonly element = make("tbody");
  private readonly radio = make("input");
  private readonly name = make("span", "name");
  private readonly badges = make("span", "badges");
  private readonly origin = make("span", "muted line wide-line");
  private readonly folded = make("td", "muted");
  private readonly tokens = make("td", "number tokens");
  private readonly input = make("td", "number wide");
  private readonly output = make("td", "number wide");
  private readonly total = make("span");
  private readonly bar = make("span", "cost-bar");
  private readonly likely = make("span", "likely");
  private readonly high = make("span", "high");
  private readonly share = make("td", "number wide");
  private readonly window = make("td", "number wide");
  private readonly verdict = new Verdict();
  private readonly reasons = make("span", "muted line wide-line");

  constructor(id: string) {
    this.radio.type = "radio";
    this.radio.name = "model";
    this.radio.value = id;
    const label = make("label", "model-name");
    label.append(this.radio, this.name);
    const line = make("div", "model-line");
    line.append(label, this.badges);
    const head = make("th");
    head.scope = "row";
    head.append(line, this.origin, this.reasons);
    this.bar.setAttribute("aria-hidden", "true");
    this.bar.append(this.likely, this.high);
    const total = make("td", "number total");
    total.append(this.total, this.bar);
    const verdict = make("td", "verdict-cell");
    verdict.append(this.verdict.element);
    const row = make("tr");
    row.append(head, this.tokens, this.input, this.output, total, this.share, this.window, verdict);
    const details = make("tr", "details");
    details.append(this.folded);
    this.folded.colSpan = COLUMNS.length;
    this.element.append(row, details);
  }

  render(row: ModelRow, words: Words["modelColumns"]): void {
    this.element.classList.toggle("chosen", row.isChosen);
    if (this.radio.checked !== row.isChosen) this.radio.checked = row.isChosen;
    say(this.name, row.name);
    this.badges.replaceChildren(...row.badges.map(({ text, kind }) => make("span", `badge ${kind}`, text)));
    say(this.origin, row.origin);
    say(this.folded, foldedText(row, words));
    twoLines(this.tokens, row.tokens, row.range);
    say(this.input, row.input);
    say(this.output, row.output);
    say(this.total, row.total);
    show(this.bar, row.bar !== undefined && row.bar.high > 0);
    this.likely.style.width = `${100 * (row.bar?.likely ?? 0)}%`;
    this.high.style.width = `${100 * ((row.bar?.high ?? 0) - (row.bar?.likely ?? 0))}%`;
    twoLines(this.share, row.share, row.allowance);
    say(this.window, row.window);
    this.window.classList.toggle("unfit", !row.fits);
    this.verdict.render(row.verdict);
    show(this.reasons, row.verdict.reasons.length > 0);
    say(this.reasons, row.verdict.reasons[0] ?? "");
    this.reasons.title = row.verdict.reasons.join("\n");
  }
}

/** What the columns say that there is no room for. */
function foldedText({ origin, input, output, share, window, verdict }: ModelRow, words: Words["modelColumns"]): string {
  const named = (name: string, text: string) => (text ? `${name} ${text}` : "");
  return joined(
    origin,
    named(words.input, input),
    named(words.output, output),
    named(words.share, share),
    named(words.window, window),
    verdict.reasons[0],
  );
}

function twoLines(cell: HTMLElement, first: string, second: string | undefined): void {
  const [above = cell.appendChild(make("span")), below = cell.appendChild(make("span", "muted line"))] = [
    ...cell.children,
  ] as HTMLElement[];
  say(above, first);
  say(below, second ?? "");
  show(below, second !== undefined);
}
