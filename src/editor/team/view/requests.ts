import { Keyed, make, say, show } from "../../webview/dom.ts";
import type { RequestCard, TeamView } from "../protocol.ts";

type Decide = (id: string, decision: "approve" | "deny") => void;

/** Requests for more that wait for a decision, each with both answers. */
export class Requests {
  readonly element = make("section", "requests");
  private readonly heading = make("h2");
  private readonly list = make("ul");
  private readonly cards: Keyed<RequestCard, HTMLLIElement>;
  private words: TeamView["words"] | undefined;

  constructor(decide: Decide) {
    this.heading.id = "requests-heading";
    this.heading.tabIndex = -1; // where the focus goes when the card that had it is gone
    this.list.setAttribute("aria-labelledby", this.heading.id);
    this.element.append(this.heading, this.list);
    this.cards = new Keyed(
      this.list,
      ({ id }) => id,
      ({ id }) => cardOf(id, decide),
      (element, card) => this.fill(element, card),
    );
  }

  render({ requests, words }: TeamView): void {
    this.words = words;
    const hadFocus = this.list.contains(document.activeElement);
    say(this.heading, words.requests);
    show(this.element, requests.length > 0);
    this.cards.render(requests);
    if (hadFocus && !this.list.contains(document.activeElement)) this.next()?.focus();
  }

  /** Who decides by keyboard goes on with the next one. */
  private next(): HTMLElement | null {
    return this.list.querySelector("button") ?? document.querySelector<HTMLElement>(".choice input:checked");
  }

  private fill(element: HTMLLIElement, { text, reason, until, approve, deny }: RequestCard): void {
    const [what, why] = element.querySelectorAll("p");
    say(what!, text);
    say(why!, `“${reason}” · ${until}`);
    const [yes, no] = element.querySelectorAll("button");
    say(yes!, this.words!.approve);
    say(no!, this.words!.deny);
    yes!.setAttribute("aria-label", approve);
    no!.setAttribute("aria-label", deny);
  }
}

function cardOf(id: string, decide: Decide): HTMLLIElement {
  const card = make("li", "request");
  const words = make("div");
  words.append(make("p", "asked"), make("p", "muted"));
  const answers = make("div", "actions");
  for (const [decision, className] of [
    ["approve", "primary"],
    ["deny", "secondary"],
  ] as const) {
    const answer = make("button", className);
    answer.type = "button";
    answer.addEventListener("click", () => decide(id, decision));
    answers.append(answer);
  }
  card.append(words, answers);
  return card;
}
