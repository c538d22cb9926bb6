import { say } from "../../webview/dom.ts";
import type { RequestCard, TeamView } from "../protocol.ts";
import { Cards, cardButton, wordButton } from "./cards.ts";

type Decide = (id: string, decision: "approve" | "deny") => void;

/** Requests for more that wait for a decision, each with both answers. */
export class Requests {
  private readonly cards: Cards<RequestCard>;
  private words: TeamView["words"] | undefined;

  constructor(decide: Decide) {
    this.cards = new Cards(
      "requests",
      (id) => [cardButton("primary", () => decide(id, "approve")), cardButton("secondary", () => decide(id, "deny"))],
      ({ text, reason, until, approve, deny }, { what, more, buttons: [yes, no] }) => {
        say(what, text);
        say(more, `“${reason}” · ${until}`);
        wordButton(yes!, this.words!.approve, approve);
        wordButton(no!, this.words!.deny, deny);
      },
    );
  }

  get element(): HTMLElement {
    return this.cards.element;
  }

  render({ requests, words }: TeamView): void {
    this.words = words;
    this.cards.render(words.requests, requests);
  }
}
