import * as vscode from "vscode";
import { type Prompt, promptIn, wholeDocument } from "../prompt.ts";
import { PreviewSession, type SessionParts } from "./session.ts";

/** `Token Budget: Preview Prompt Cost` and its kin: one tab, which is used again. */
export class Preview implements vscode.Disposable {
  private readonly parts: SessionParts;
  private session: PreviewSession | undefined;

  constructor(parts: SessionParts) {
    this.parts = parts;
  }

  dispose(): void {
    this.session?.dispose();
  }

  /** Of a document, else of what somebody who sends from the editor in front would send, else of what is typed into the view. */
  async open(file?: vscode.Uri): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const prompt: Prompt | undefined = file ? await wholeDocument(file) : editor && promptIn(editor);
    const session = this.opened();
    if (prompt) session.draft.take(prompt);
  }

  /** Of files as attachments: of those that were picked in the explorer, else the person is asked which. */
  async openFiles(file?: vscode.Uri, files: readonly vscode.Uri[] = file ? [file] : []): Promise<void> {
    const picked = files.length > 0 ? files : await vscode.window.showOpenDialog({ canSelectMany: true });
    if (picked) this.opened().draft.attach(picked.map(({ fsPath }) => fsPath));
  }

  async openClipboard(): Promise<void> {
    const text = await vscode.env.clipboard.readText();
    this.opened().type(text);
  }

  private opened(): PreviewSession {
    if (this.session) this.session.reveal();
    else {
      const session = new PreviewSession(this.parts, () => {
        session.dispose();
        this.session = undefined;
      });
      this.session = session;
    }
    return this.session!;
  }
}
