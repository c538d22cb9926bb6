import { make, say } from "../../webview/dom.ts";
import type { VerdictView } from "../protocol.ts";

const MARKS: Record<VerdictView["decision"], string> = { allow: "✓", confirm: "?", block: "✕" };

/** A verdict as a pill: a mark besides its colour, for who does not see that. */
export class Verdict {
  readonly element = make("span", "verdict");
  private readonly mark = make("span", "mark");
  private readonly text = make("span", "word");

  constructor() {
    this.mark.setAttribute("aria-hidden", "true");
    this.element.append(this.mark, this.text);
  }

  render({ decision, text, reasons }: VerdictView): void {
    this.element.className = `verdict ${decision}`;
    this.element.title = reasons.join("\n");
    say(this.mark, MARKS[decision]);
    say(this.text, text);
  }
}
