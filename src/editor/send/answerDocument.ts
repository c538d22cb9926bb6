import * as vscode from "vscode";

/** An untitled Markdown document beside the prompt, to which an answer is written while it streams. */
export class AnswerDocument {
  private readonly document: vscode.TextDocument;
  private waiting = "";
  private writing: Promise<void> | undefined;

  private constructor(document: vscode.TextDocument) {
    this.document = document;
  }

  static async open(model: string): Promise<AnswerDocument> {
    const content = `# ${vscode.l10n.t("Answer of {0}", model)}\n\n`;
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: false });
    return new AnswerDocument(document);
  }

  /** Appends soon: pieces that come while an edit is under way go with the next one. */
  append(text: string): void {
    this.waiting += text;
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  /** Settles when everything is in the document. */
  async done(): Promise<void> {
    await this.writing;
  }

  private async write(): Promise<void> {
    while (this.waiting && !this.document.isClosed) {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(this.document.uri, this.document.lineAt(this.document.lineCount - 1).range.end, this.waiting);
      this.waiting = "";
      await vscode.workspace.applyEdit(edit);
    }
  }
}
