import * as vscode from "vscode";
import type { Sliceable } from "../tokens/estimate/contentClass.ts";
import type { Setting } from "./settings.ts";

/** The text that an estimate, a preview or a send is about. */
export interface Prompt {
  document: vscode.TextDocument;
  /** Undefined: the whole document. */
  selections?: readonly vscode.Selection[];
}

/** What somebody who sends from this editor would send: the selection, else the document. */
export function promptIn(editor: vscode.TextEditor): Prompt {
  const selections = editor.selections.filter((selection) => !selection.isEmpty);
  return selections.length > 0 ? { document: editor.document, selections } : { document: editor.document };
}

/** The prompt of the editor in front. @throws when there is none */
export function activePrompt(): Prompt {
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new Error(vscode.l10n.t("Open a text file or select some text first."));
  return promptIn(editor);
}

export function textOf({ document, selections }: Prompt): string {
  const eol = document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
  return selections ? selections.map((selection) => document.getText(selection)).join(eol) : document.getText();
}

/** The same, to be looked at in places: a long document is not copied for it. */
export function sliceable({ document, selections }: Prompt): Sliceable[] {
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  return (selections ?? [document.validateRange(whole)]).map((range): Sliceable => {
    const offset = document.offsetAt(range.start);
    return {
      length: document.offsetAt(range.end) - offset,
      slice: (start, end) =>
        document.getText(new vscode.Range(document.positionAt(offset + start), document.positionAt(offset + end))),
    };
  });
}

/** What was counted, for titles: `selection in review.prompt.md`. */
export function nameOf({ document, selections }: Prompt): string {
  const name = document.uri.path.slice(document.uri.path.lastIndexOf("/") + 1) || document.uri.toString();
  return selections ? vscode.l10n.t("selection in {0}", name) : name;
}

/** The whole of a document. */
export async function wholeDocument(uri: vscode.Uri): Promise<Prompt> {
  return { document: await vscode.workspace.openTextDocument(uri) };
}

/** Prompt files by the person's patterns. VS Code matches the globs: no regular expression is built from them. */
export function promptFiles(patterns: Setting<string[]>): vscode.DocumentFilter[] {
  return patterns.value.map((pattern) => ({ pattern: /^(\*\*)?\//.test(pattern) ? pattern : `**/${pattern}` }));
}

/** VS Code's own languages for prompt files, all of them Markdown. */
const PROMPT_LANGUAGES: ReadonlySet<string> = new Set(["prompt", "instructions", "chatagent", "skill"]);

export function isPromptLanguage({ languageId }: vscode.TextDocument): boolean {
  return PROMPT_LANGUAGES.has(languageId);
}

export function isPromptFile(document: vscode.TextDocument, patterns: Setting<string[]>): boolean {
  return vscode.languages.match(promptFiles(patterns), document) > 0;
}
