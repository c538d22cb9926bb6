import type { Action, PreviewView, Words } from "../protocol.ts";
import { make, say } from "./dom.ts";

/** In the order in which they stand. */
const ORDER: readonly Action[] = [
  "send",
  "openChat",
  "addFiles",
  "pasteClipboard",
  "copyPrompt",
  "copyFigures",
  "useForEstimates",
];

/** What can be done with the prompt: plain buttons, each on its own in the tab order. */
export class ActionsView {
  readonly element = make("div", "actions");
  private readonly buttons: [Action, HTMLButtonElement][];

  constructor(act: (action: Action) => void) {
    this.element.setAttribute("role", "group");
    this.buttons = ORDER.map((action) => {
      const button = make("button", action === "send" ? "primary" : "secondary");
      button.type = "button";
      button.addEventListener("click", () => button.ariaDisabled !== "true" && act(action));
      return [action, button];
    });
    this.element.append(...this.buttons.map(([, button]) => button));
  }

  render({ actions }: PreviewView, words: Words): void {
    this.element.setAttribute("aria-label", words.actions);
    for (const [action, button] of this.buttons) {
      const { label, isEnabled, title } = actions[action];
      say(button, label);
      button.title = title;
      button.ariaDisabled = String(!isEnabled); // stays in the tab order, and says why
    }
  }
}
