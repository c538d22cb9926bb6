import { Keyed, make, say, show } from "../../webview/dom.ts";
import type { Choice, FromView, PreviewView, Words } from "../protocol.ts";
import { ActionsView } from "./actions.ts";

type Source = PreviewView["sources"][number];

/** Where the prompt is taken from, and the text box for what is typed here. */
export class SourceView {
  readonly element = make("section", "source");
  private readonly legend = make("legend", "unseen");
  private readonly choices: Keyed<Source, HTMLLabelElement>;
  private readonly box = make("textarea");
  private readonly actions: ActionsView;
  private readonly post: (message: FromView) => void;
  private text = "";
  private version = -1;

  constructor(post: (message: FromView) => void, choose: (choice: Choice) => void) {
    this.post = post;
    const group = make("fieldset", "choices");
    const list = make("div");
    group.append(this.legend, list);
    this.choices = new Keyed(list, ({ id }) => id, makeChoice, updateChoice);
    group.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement)
        choose({ kind: "source", source: target.value === "document" ? "document" : "typed" });
    });
    this.box.rows = 4;
    this.box.spellcheck = false;
    this.box.disabled = true; // until what stands in it is known
    this.box.addEventListener("input", () => this.typed());
    const line = make("div", "source-line");
    this.actions = new ActionsView(["addFiles", "pasteClipboard"], (action) => post({ type: "act", action }));
    line.append(group, this.actions.element);
    this.element.append(line, this.box);
  }

  render(view: PreviewView, words: Words): void {
    const { sources } = view;
    this.actions.render(view, words.sourceActions);
    say(this.legend, words.source);
    this.choices.render(sources);
    show(
      this.box,
      sources.some(({ id, isChosen }) => id === "typed" && isChosen),
    );
    this.box.setAttribute("aria-label", words.textBox);
    this.box.placeholder = words.textBoxHint;
  }

  /** Puts another text into the box. */
  set(text: string, version: number): void {
    this.version = version;
    this.text = text;
    this.box.disabled = false;
    if (this.box.value !== text) this.box.value = text;
  }

  /** Tells the one change between what stood in the box and what stands there now. */
  private typed(): void {
    const { value } = this.box;
    const { start, former, now } = changeBetween(this.text, value);
    const text = value.slice(start, now);
    this.post({ type: "edit", version: this.version, offset: start, length: former - start, text });
    this.text = value;
  }
}

/** The stretch in which two texts differ: `[start, former)` in the one, `[start, now)` in the other. */
function changeBetween(before: string, after: string): { start: number; former: number; now: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let former = before.length;
  let now = after.length;
  while (former > start && now > start && before.charCodeAt(former - 1) === after.charCodeAt(now - 1)) {
    former--;
    now--;
  }
  return { start, former, now };
}

function makeChoice({ id }: Source): HTMLLabelElement {
  const label = make("label", "choice");
  const input = make("input");
  input.type = "radio";
  input.name = "source";
  input.value = id;
  label.append(input, make("span"));
  return label;
}

function updateChoice(label: HTMLLabelElement, { label: text, isChosen }: Source): void {
  const [input, name] = [label.querySelector("input")!, label.querySelector("span")!];
  if (input.checked !== isChosen) input.checked = isChosen;
  say(name, text);
}
