import { barSection } from "../../webview/bars.ts";
import { Choices } from "../../webview/choices.ts";
import { make, say, show } from "../../webview/dom.ts";
import type { FromView, TeamView, ToView } from "../protocol.ts";
import { Days } from "./days.ts";
import { Doubts } from "./doubts.ts";
import { Meters } from "./meters.ts";
import { Requests } from "./requests.ts";

/** What VS Code gives a webview's script. */
declare function acquireVsCodeApi(): { postMessage(message: FromView): void };

const vscode = acquireVsCodeApi();
const post = (message: FromView) => vscode.postMessage(message);

const heading = make("h1", "eyebrow");
const total = make("p", "amount");
const summary = make("p", "summary");
const visibility = make("p", "pace");
const answer = make("p", "answer");
const figures = make("div");
figures.append(heading, total, summary, visibility, answer);

const refresh = button("refresh");
const save = button("export");
const actions = make("div", "actions");
actions.append(refresh, save);
const header = make("header");
header.append(figures, actions);

const trouble = make("p", "trouble");
const ranges = new Choices("range", (range) => post({ type: "choose", range }));
const requests = new Requests((id, decision) => post({ type: "decide", id, decision }));
const doubts = new Doubts((id) => post({ type: "writeOff", id }));
const meters = new Meters();
const days = new Days();
const tables = make("div", "tables");
const nothing = make("p", "muted");
const notes = make("ul", "notes");
const status = make("div", "unseen");
status.setAttribute("role", "status");
document
  .getElementById("team")!
  .append(
    header,
    trouble,
    requests.element,
    meters.element,
    ranges.element,
    nothing,
    days.element,
    tables,
    doubts.element,
    notes,
    status,
  );

window.addEventListener("message", ({ data }: MessageEvent<ToView>) => render(data.view));
post({ type: "ready" });

function button(type: "refresh" | "export"): HTMLButtonElement {
  const element = make("button", "secondary");
  element.type = "button";
  element.addEventListener("click", () => post({ type }));
  return element;
}

function render(view: TeamView): void {
  const { words } = view;
  say(heading, words.heading);
  say(total, view.total);
  say(summary, view.summary);
  say(visibility, view.visibility);
  say(answer, view.answer);
  show(answer, view.answer !== "");
  say(refresh, words.refresh);
  say(save, words.export);
  say(trouble, view.trouble ?? "");
  show(trouble, view.trouble !== undefined);
  ranges.render(words.range, view.ranges);
  requests.render(view);
  doubts.render(view);
  meters.render(view);
  const isEmpty = view.tables.length === 0;
  say(nothing, words.nothing);
  show(nothing, isEmpty);
  show(days.element, !isEmpty);
  days.render(view);
  tables.replaceChildren(...view.tables.map(({ id, heading, columns, rows }) => barSection(id, heading, columns, rows)));
  notes.replaceChildren(...view.notes.map((note) => make("li", "", note)));
  say(status, view.announcement);
}
