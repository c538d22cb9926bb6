import { Choices } from "../../webview/choices.ts";
import { make, say, show } from "../../webview/dom.ts";
import type { FromView, SpendingView, ToView } from "../protocol.ts";
import { DaysView } from "./days.ts";
import { TablesView } from "./tables.ts";

/** What VS Code gives a webview's script. */
declare function acquireVsCodeApi(): { postMessage(message: FromView): void };

const vscode = acquireVsCodeApi();
const post = (message: FromView) => vscode.postMessage(message);

const heading = make("h1", "eyebrow");
const total = make("p", "amount");
const summary = make("p", "summary");
const pace = make("p", "pace");
const answer = make("p", "answer");
const figures = make("div");
figures.append(heading, total, summary, pace, answer);

const ranges = new Choices("range", (range) => post({ type: "choose", range }));

const copy = make("button", "secondary");
copy.type = "button";
copy.addEventListener("click", () => post({ type: "copy" }));
const header = make("header");
header.append(figures, copy);

const nothing = make("p", "muted");
const days = new DaysView();
const tables = new TablesView();
const notes = make("ul", "notes");
const status = make("div", "unseen");
status.setAttribute("role", "status");
document.getElementById("spending")!.append(header, ranges.element, nothing, days.element, tables.element, notes, status);

window.addEventListener("message", ({ data }: MessageEvent<ToView>) => render(data.view));
post({ type: "ready" });

function render(view: SpendingView): void {
  const { words } = view;
  say(heading, words.heading);
  say(total, view.total);
  say(summary, view.summary);
  say(pace, view.pace?.text ?? "");
  pace.classList.toggle("bad", view.pace?.isBad ?? false);
  show(pace, view.pace !== undefined);
  say(answer, view.answer ?? "");
  show(answer, view.answer !== undefined);
  ranges.render(words.range, view.ranges);
  say(copy, words.copy);
  const isEmpty = view.answer === undefined;
  say(nothing, words.nothing);
  show(nothing, isEmpty);
  show(days.element, !isEmpty);
  show(copy, !isEmpty);
  days.render(view);
  tables.render(view);
  notes.replaceChildren(...view.notes.map((note) => make("li", "", note)));
  show(notes, view.notes.length > 0);
  say(status, view.announcement);
}
