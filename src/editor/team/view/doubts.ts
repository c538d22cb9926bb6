import { say } from "../../webview/dom.ts";
import type { DoubtCard, TeamView } from "../protocol.ts";
import { Cards, cardButton, wordButton } from "./cards.ts";

/** Money that silent machines hold, each with the way to set it free. */
export class Doubts {
  private readonly cards: Cards<DoubtCard>;
  private words: TeamView["words"] | undefined;

  constructor(writeOff: (id: string) => void) {
    this.cards = new Cards(
      "doubts",
      (id) => [cardButton("secondary", () => writeOff(id))],
      ({ text, since, writeOff: heard }, { what, more, buttons: [button] }) => {
        say(what, text);
        say(more, since);
        wordButton(button!, this.words!.writeOff, heard);
      },
    );
  }

  get element(): HTMLElement {
    return this.cards.element;
  }

  render({ doubts, words }: TeamView): void {
    this.words = words;
    this.cards.render(words.doubts, doubts, words.doubtsExplained);
  }
}
