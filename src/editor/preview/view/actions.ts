import { make, say, show } from "../../webview/dom.ts";
import type { Action, PreviewView } from "../protocol.ts";

/** Actions side by side: plain buttons, each on its own in the tab order. */
export class ActionsView {
  readonly element = make("div", "actions");
  private readonly buttons: [Action, HTMLButtonElement][];

  /** @param actions in the order in which they stand; the first of all is the one that most people want */
  constructor(actions: readonly Action[], act: (action: Action) => void) {
    this.element.setAttribute("role", "group");
    this.buttons = actions.map((action) => {
      const button = make("button", action === "send" ? "primary" : "secondary");
      button.type = "button";
      button.addEventListener("click", () => button.ariaDisabled !== "true" && act(action));
      return [action, button];
    });
    this.element.append(...this.buttons.map(([, button]) => button));
  }

  render({ actions }: PreviewView, label: string): void {
    this.element.setAttribute("aria-label", label);
    for (const [action, button] of this.buttons) {
      const { label, isEnabled, title } = actions[action];
      say(button, label);
      button.title = title;
      button.ariaDisabled = String(!isEnabled); // stays in the tab order, and says why
      if (action === "useForEstimates") show(button, isEnabled); // otherwise the model's row says that it is used
    }
  }
}
