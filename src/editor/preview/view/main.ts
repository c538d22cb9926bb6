import { Keyed, keepingFocus, make, say, show } from "../../webview/dom.ts";
import type { Choice, FromView, PreviewView, ToView } from "../protocol.ts";
import { ActionsView } from "./actions.ts";
import { HeadlineView } from "./headline.ts";
import { ModelsView } from "./models.ts";
import { PartsView } from "./parts.ts";
import { SourceView } from "./source.ts";

/** What VS Code gives a webview's script. */
declare function acquireVsCodeApi(): { postMessage(message: FromView): void };

/** A screen reader is told of new figures once they have stood so long (ms): not at every keystroke. */
const SETTLED = 1_200;

const vscode = acquireVsCodeApi();
const post = (message: FromView) => vscode.postMessage(message);
let choices = 0;
const choose = (choice: Choice) => post({ type: "choice", number: ++choices, choice });
const chooseModel = (model: string) => choose({ kind: "model", model });

const headline = new HeadlineView(chooseModel);
const source = new SourceView(post, choose);
const actions = new ActionsView(["send", "openChat", "copyPrompt", "copyFigures", "useForEstimates"], (action) =>
  post({ type: "act", action }),
);
const parts = new PartsView(choose);
const models = new ModelsView(chooseModel);
const notes = make("section", "notes");
const notesHeading = make("h2");
const notesList = make("ul");
const noteRows = new Keyed<string, HTMLLIElement>(
  notesList,
  (note) => note,
  (note) => make("li", "", note),
  () => {},
);
const status = make("div", "unseen");
status.setAttribute("role", "status");
status.setAttribute("aria-live", "polite");
notes.append(notesHeading, notesList);
document
  .getElementById("preview")!
  .append(headline.element, actions.element, source.element, parts.element, models.element, notes, status);

let announcing: ReturnType<typeof setTimeout> | undefined;

window.addEventListener("message", ({ data }: MessageEvent<ToView>) => {
  if (data.type === "text") source.set(data.text, data.version);
  else if (data.heard >= choices) keepingFocus(() => render(data.view));
});
post({ type: "ready" });

function render(view: PreviewView): void {
  const { words } = view;
  headline.render(view.headline, words.heading);
  source.render(view, words);
  actions.render(view, words.actions);
  parts.render(view, words);
  models.render(view, words);
  say(notesHeading, words.notes);
  noteRows.render(view.notes);
  show(notes, view.notes.length > 0);
  clearTimeout(announcing);
  announcing = setTimeout(() => say(status, view.announcement), SETTLED);
}
