import { joined, make, say, show } from "../../webview/dom.ts";
import type { Headline } from "../protocol.ts";
import { Verdict } from "./verdict.ts";

/** What it costs, in large letters: the chosen model's figures. */
export class HeadlineView {
  readonly element = make("header", "headline");
  private readonly heading = make("h1", "eyebrow");
  private readonly amount = make("p", "amount");
  private readonly verdict = new Verdict();
  private readonly summary = make("p", "summary");
  private readonly reasons = make("p", "reasons");
  private readonly cheaper = make("button", "link");
  private cheaperModel = "";

  /** @param choose the model whose figures are wanted */
  constructor(choose: (model: string) => void) {
    const line = make("div", "amount-line");
    line.append(this.amount, this.verdict.element);
    this.element.append(this.heading, line, this.summary, this.reasons, this.cheaper);
    this.cheaper.type = "button";
    this.cheaper.addEventListener("click", () => choose(this.cheaperModel));
  }

  render(headline: Headline | undefined, heading: string): void {
    say(this.heading, headline ? `${heading} · ${headline.model}` : heading);
    for (const part of [this.amount, this.summary, this.verdict.element]) show(part, headline !== undefined);
    say(this.amount, headline?.amount ?? "");
    say(this.summary, joined(headline?.summary, headline?.share));
    const reasons = headline?.verdict.reasons ?? [];
    show(this.reasons, reasons.length > 0);
    say(this.reasons, joined(...reasons));
    if (headline) this.verdict.render(headline.verdict);
    show(this.cheaper, headline?.cheaper !== undefined);
    say(this.cheaper, headline?.cheaper?.text ?? "");
    this.cheaperModel = headline?.cheaper?.model ?? "";
  }
}
