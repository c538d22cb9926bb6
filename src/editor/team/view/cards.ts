import { Keyed, make, say, show } from "../../webview/dom.ts";

/** A section of cards, each with words on two lines and buttons; hidden where there is none. */
export class Cards<Card extends { id: string }> {
  readonly element: HTMLElement;
  private readonly heading = make("h2");
  private readonly explanation = make("p", "muted");
  private readonly list = make("ul");
  private readonly cards: Keyed<Card, HTMLLIElement>;

  /** @param buttons of a card, new for each; `fill` words them, and the two lines */
  constructor(name: string, buttons: (id: string) => HTMLButtonElement[], fill: (card: Card, parts: CardParts) => void) {
    this.element = make("section", `cards ${name}`);
    this.heading.id = `${name}-heading`;
    this.heading.tabIndex = -1; // where the focus goes when the card that had it is gone
    this.list.setAttribute("aria-labelledby", this.heading.id);
    this.element.append(this.heading, this.explanation, this.list);
    this.cards = new Keyed(
      this.list,
      ({ id }) => id,
      ({ id }) => cardWith(buttons(id)),
      (element, card) => fill(card, partsOf(element)),
    );
  }

  render(heading: string, cards: readonly Card[], explanation = ""): void {
    const hadFocus = this.list.contains(document.activeElement);
    say(this.heading, heading);
    say(this.explanation, explanation);
    show(this.explanation, explanation !== "");
    show(this.element, cards.length > 0);
    this.cards.render(cards);
    if (hadFocus && !this.list.contains(document.activeElement)) this.next()?.focus();
  }

  /** Who decides by keyboard goes on with the next one. */
  private next(): HTMLElement | null {
    return this.list.querySelector("button") ?? document.querySelector<HTMLElement>(".choice input:checked");
  }
}

/** What of a card is worded anew. */
export interface CardParts {
  what: HTMLElement;
  more: HTMLElement;
  buttons: HTMLButtonElement[];
}

export function cardButton(className: "primary" | "secondary", onClick: () => void): HTMLButtonElement {
  const button = make("button", className);
  button.type = "button";
  button.addEventListener("click", onClick);
  return button;
}

/** Words a button for who sees it, and for who only hears it. */
export function wordButton(button: HTMLButtonElement, seen: string, heard: string): void {
  say(button, seen);
  button.setAttribute("aria-label", heard);
}

function cardWith(buttons: readonly HTMLButtonElement[]): HTMLLIElement {
  const card = make("li", "card");
  const words = make("div");
  words.append(make("p", "asked"), make("p", "muted"));
  const actions = make("div", "actions");
  actions.append(...buttons);
  card.append(words, actions);
  return card;
}

function partsOf(card: HTMLLIElement): CardParts {
  const [what, more] = card.querySelectorAll("p");
  return { what: what!, more: more!, buttons: [...card.querySelectorAll("button")] };
}
