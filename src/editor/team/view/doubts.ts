import { Keyed, make, say, show } from "../../webview/dom.ts";
import type { DoubtCard, TeamView } from "../protocol.ts";

/** Money that silent machines hold, each with the way to set it free. */
export class Doubts {
  readonly element = make("section", "requests doubts");
  private readonly heading = make("h2");
  private readonly explanation = make("p", "muted");
  private readonly list = make("ul");
  private readonly cards: Keyed<DoubtCard, HTMLLIElement>;
  private words: TeamView["words"] | undefined;

  constructor(writeOff: (id: string) => void) {
    this.heading.id = "doubts-heading";
    this.heading.tabIndex = -1; // where the focus goes when the card that had it is gone
    this.list.setAttribute("aria-labelledby", this.heading.id);
    this.element.append(this.heading, this.explanation, this.list);
    this.cards = new Keyed(
      this.list,
      ({ id }) => id,
      ({ id }) => cardOf(id, writeOff),
      (element, card) => this.fill(element, card),
    );
  }

  render({ doubts, words }: TeamView): void {
    this.words = words;
    const hadFocus = this.list.contains(document.activeElement);
    say(this.heading, words.doubts);
    say(this.explanation, words.doubtsExplained);
    show(this.element, doubts.length > 0);
    this.cards.render(doubts);
    if (hadFocus && !this.list.contains(document.activeElement))
      (this.list.querySelector("button") ?? document.querySelector<HTMLElement>(".choice input:checked"))?.focus();
  }

  private fill(element: HTMLLIElement, { text, since, writeOff }: DoubtCard): void {
    const [what, when] = element.querySelectorAll("p");
    say(what!, text);
    say(when!, since);
    const button = element.querySelector("button")!;
    say(button, this.words!.writeOff);
    button.setAttribute("aria-label", writeOff);
  }
}

function cardOf(id: string, writeOff: (id: string) => void): HTMLLIElement {
  const card = make("li", "request");
  const words = make("div");
  words.append(make("p", "asked"), make("p", "muted"));
  const button = make("button", "secondary");
  button.type = "button";
  button.addEventListener("click", () => writeOff(id));
  card.append(words, button);
  return card;
}
