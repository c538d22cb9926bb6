import * as vscode from "vscode";
import type { Reader } from "../words.ts";
import type { Part } from "./parts.ts";
import { type CountedPart, type CountedParts, heatOf, partHover, partLabel } from "./text.ts";

const { Right, Full } = vscode.OverviewRulerLane;

/** The overview ruler's marks by heat: brighter, then wider. What takes little has none. */
const RULER = [
  { color: "charts.yellow", lane: Right },
  { color: "charts.orange", lane: Right },
  { color: "charts.orange", lane: Full },
  { color: "charts.red", lane: Full },
];

/** Draws heat into editors: a background by step, a mark in the overview ruler, and the figures behind each part's first line. */
export class HeatPaint implements vscode.Disposable {
  private readonly cold = vscode.window.createTextEditorDecorationType({ isWholeLine: true });
  private readonly steps = RULER.map(({ color, lane }, i) =>
    vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor(`tokenBudget.heat${i + 1}`),
      overviewRulerColor: new vscode.ThemeColor(color),
      overviewRulerLane: lane,
    }),
  );
  private readonly label = vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor("descriptionForeground"), margin: "0 0 0 2em" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });

  dispose(): void {
    vscode.Disposable.from(this.cold, this.label, ...this.steps).dispose();
  }

  show(editor: vscode.TextEditor, whole: CountedParts, reader: Reader): void {
    for (const [heat, type] of [this.cold, ...this.steps].entries()) {
      const parts = whole.parts.filter(({ share }) => heatOf(share) === heat);
      editor.setDecorations(
        type,
        parts.map((part) => ({ range: linesOf(part, editor.document), hoverMessage: hoverOf(part, whole, reader) })),
      );
    }
    editor.setDecorations(
      this.label,
      whole.parts.map((part) => {
        const { end } = editor.document.lineAt(linesOf(part, editor.document).start.line).range;
        return {
          range: new vscode.Range(end, end),
          renderOptions: { after: { contentText: partLabel(part, whole, reader) } },
        };
      }),
    );
  }

  hide(editor: vscode.TextEditor): void {
    for (const type of [this.cold, this.label, ...this.steps]) editor.setDecorations(type, []);
  }
}

/** A part's lines, as far as the document still has them. */
export function linesOf({ start, end }: Part, document: vscode.TextDocument): vscode.Range {
  const last = document.lineAt(Math.min(end, document.lineCount) - 1);
  return new vscode.Range(Math.min(start, last.lineNumber), 0, last.lineNumber, last.text.length);
}

/** The title is a document's words: appended as text, never as Markdown. */
function hoverOf(part: CountedPart, whole: CountedParts, reader: Reader): vscode.MarkdownString {
  const { title, text } = partHover(part, whole, reader);
  return new vscode.MarkdownString("**").appendText(title).appendMarkdown("**  \n").appendText(text);
}
