import * as vscode from "vscode";
import type { EstimateModel } from "../estimate/model.ts";
import type { Reader } from "../words.ts";
import { HeatedDocument, type HeatParts } from "./heatedDocument.ts";
import { HeatPaint, linesOf } from "./paint.ts";
import { type CountedPart, type CountedParts, partRows } from "./text.ts";

export interface HeatCommandParts extends HeatParts {
  model: HeatParts["model"] & Pick<EstimateModel, "onDidChange">;
  reader: () => Reader;
}

/** `Token Budget: Show Where the Tokens Are`: marks the parts of a document by what they take, and lists them; run again, it takes the marks away. */
export class Heat implements vscode.Disposable {
  private readonly parts: HeatCommandParts;
  private readonly heated = new Map<vscode.TextDocument, HeatedDocument>();
  private readonly own: vscode.Disposable[];
  private paint: HeatPaint | undefined;

  constructor(parts: HeatCommandParts) {
    this.parts = parts;
    this.own = [
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.heated.get(document)?.soon()),
      vscode.workspace.onDidCloseTextDocument((document) => this.drop(document)),
      vscode.window.onDidChangeVisibleTextEditors(() => {
        for (const heated of this.heated.values()) this.show(heated);
      }),
      parts.model.onDidChange(() => {
        for (const heated of this.heated.values()) heated.soon(0);
      }),
    ];
  }

  dispose(): void {
    for (const document of [...this.heated.keys()]) this.drop(document);
    this.paint?.dispose();
    vscode.Disposable.from(...this.own).dispose();
  }

  /** @throws when no editor is open, and what counting throws */
  async toggle(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor) throw new Error(vscode.l10n.t("Open a text file first."));
    if (this.heated.has(editor.document)) return this.drop(editor.document);
    const heated = new HeatedDocument(editor.document, this.parts, (changed) => this.show(changed));
    this.heated.set(editor.document, heated);
    try {
      const counted = await heated.start();
      if (counted) await this.list(counted, editor);
    } catch (error) {
      if (this.heated.get(editor.document) !== heated) return; // taken away meanwhile
      this.drop(editor.document);
      throw error;
    }
  }

  /** The parts by what they take. Moving through the list shows them, Enter goes there. */
  private async list(counted: CountedParts, editor: vscode.TextEditor): Promise<void> {
    const reader = this.parts.reader();
    const rows = partRows(counted, reader);
    const picked = await vscode.window.showQuickPick(rows, {
      title: reader.t("Where the tokens of {0} are: {1}", counted.name, counted.total.toLocaleString(reader.locale)),
      placeHolder: reader.t("Enter goes there. Run the command again to take the marks away."),
      onDidSelectItem: (row: (typeof rows)[number]) => reveal(editor, row.part),
    });
    if (!picked) return;
    const { start } = picked.part;
    const selection = new vscode.Range(start, 0, start, 0);
    await vscode.window.showTextDocument(editor.document, {
      selection,
      ...(editor.viewColumn && { viewColumn: editor.viewColumn }),
    });
  }

  private show({ document, counted }: HeatedDocument): void {
    if (!counted) return;
    this.paint ??= new HeatPaint();
    for (const editor of editorsOf(document)) this.paint.show(editor, counted, this.parts.reader());
  }

  private drop(document: vscode.TextDocument): void {
    this.heated.get(document)?.dispose();
    this.heated.delete(document);
    for (const editor of editorsOf(document)) this.paint?.hide(editor);
  }
}

function editorsOf(document: vscode.TextDocument): vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter((editor) => editor.document === document);
}

function reveal(editor: vscode.TextEditor, part: CountedPart): void {
  editor.revealRange(linesOf(part, editor.document), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
