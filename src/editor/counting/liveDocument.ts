import * as vscode from "vscode";
import type { EncodingName } from "../../tokens/encoding.ts";
import type { CountThread, Question } from "./thread.ts";

/** One open document as the counting thread keeps it: a keystroke sends its change, never the text. */
export class LiveDocument implements vscode.Disposable {
  readonly document: vscode.TextDocument;
  readonly encoding: EncodingName;
  private readonly thread: CountThread;
  private readonly id = crypto.randomUUID();
  private readonly watching: vscode.Disposable;
  private eol: vscode.EndOfLine;
  private generation = -1;
  private total: Promise<number> | undefined;

  constructor(thread: CountThread, document: vscode.TextDocument, encoding: EncodingName) {
    this.thread = thread;
    this.document = document;
    this.encoding = encoding;
    this.eol = document.eol;
    this.watching = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document) this.change(event);
    });
  }

  /** Tokens of the whole text as it is now. */
  async count(): Promise<number> {
    return await this.opened();
  }

  /** Tokens of the selections as they are now. */
  async countRanges(selections: readonly vscode.Range[]): Promise<number> {
    void this.opened();
    const ranges = selections.map(({ start, end }) => ({
      start: this.document.offsetAt(start),
      end: this.document.offsetAt(end),
    }));
    return await this.thread.ask({ kind: "ranges", document: this.id, ranges });
  }

  dispose(): void {
    this.watching.dispose();
    if (this.total && this.generation === this.thread.generation) void this.ask({ kind: "close", document: this.id });
  }

  /** Opens the document in the thread, once for each thread. */
  private opened(): Promise<number> {
    if (this.total && this.generation === this.thread.generation) return this.total;
    this.eol = this.document.eol;
    this.total = this.ask({ kind: "open", document: this.id, encoding: this.encoding, text: this.document.getText() });
    this.generation = this.thread.generation;
    return this.total;
  }

  private change({ contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (!this.total) return;
    // Another line ending changes every offset, and comes without changes.
    if (this.document.eol !== this.eol) this.total = undefined;
    else if (contentChanges.length > 0) {
      const changes = contentChanges.map(({ rangeOffset, rangeLength, text }) => ({ rangeOffset, rangeLength, text }));
      this.total = this.ask({ kind: "change", document: this.id, changes });
    }
  }

  /** An answer that fails makes the next question open the document again. */
  private ask(question: Question): Promise<number> {
    const answer = this.thread.ask(question);
    answer.catch(() => {
      this.total = undefined;
    });
    return answer;
  }
}
