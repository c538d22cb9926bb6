import { make, say } from "./dom.ts";

/** Something that can be chosen, one at a time. */
export interface Choice {
  id: string;
  label: string;
  isChosen: boolean;
}

/** A group of radio buttons that look like a row of labels. */
export class Choices {
  readonly element = make("fieldset", "choices");
  private readonly legend = make("legend", "unseen");
  private readonly row = make("div");
  private readonly name: string;

  /** `name`: of the group, in this page alone. */
  constructor(name: string, choose: (id: string) => void) {
    this.name = name;
    this.element.append(this.legend, this.row);
    this.row.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement) choose(target.value);
    });
  }

  /** The radio buttons stay the same elements while their labels do: a keyboard is on one of them. */
  render(legend: string, wanted: readonly Choice[]): void {
    say(this.legend, legend);
    const known = [...this.row.querySelectorAll("input")];
    const isSame = known.length === wanted.length && wanted.every(({ id }, index) => known[index]?.value === id);
    if (!isSame) this.row.replaceChildren(...wanted.map((choice) => this.choiceOf(choice)));
    for (const [index, input] of this.row.querySelectorAll("input").entries()) input.checked = wanted[index]!.isChosen;
  }

  private choiceOf({ id, label }: Choice): HTMLLabelElement {
    const input = make("input");
    input.type = "radio";
    input.name = this.name;
    input.value = id;
    const choice = make("label", "choice");
    choice.append(input, make("span", "", label));
    return choice;
  }
}
