import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import type { EncodingName } from "../../tokens/encoding.ts";
import type { CountThread, Question } from "./thread.ts";

/** Lines that are taken from the editor's document at a time: about a millisecond's work. */
const LINES = 2_000;

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
  private isOpening = false;
  private isDisposed = false;

  constructor(thread: CountThread, document: vscode.TextDocument, encoding: EncodingName) {
    this.thread = thread;
    this.document = document;
    this.encoding = encoding;
    this.eol = document.eol;
    this.watching = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document) this.change(event);
    });
  }

  /** Tokens of the whole text as it is now. @throws Error when it is disposed before they are known */
  async count(): Promise<number> {
    return await this.opened();
  }

  /** Tokens of the selections as they are now. @throws Error when it is disposed before they are known */
  async countRanges(selections: readonly vscode.Range[]): Promise<number> {
    const each = await this.countEach(selections);
    return each.reduce((sum, tokens) => sum + tokens, 0);
  }

  /** Tokens of each of the ranges as they are now, taken alone. @throws Error when it is disposed before they are known */
  async countEach(parts: readonly vscode.Range[]): Promise<number[]> {
    await this.opened();
    const ranges = parts.map(({ start, end }) => ({
      start: this.document.offsetAt(start),
      end: this.document.offsetAt(end),
    }));
    return await this.thread.askEach({ kind: "ranges", document: this.id, ranges });
  }

  dispose(): void {
    this.isDisposed = true;
    this.watching.dispose();
    if (this.total && this.generation === this.thread.generation) void this.ask({ kind: "close", document: this.id });
  }

  /** Opens the document in the thread, once for each thread. */
  private opened(): Promise<number> {
    if (this.total && this.generation === this.thread.generation) return this.total;
    this.total = this.open();
    this.generation = this.thread.generation;
    return this.total;
  }

  /** Hands over the text part by part, so that the editor's other extensions get their turn; from the start again when it changes meanwhile. */
  private async open(): Promise<number> {
    const { document, id, encoding } = this;
    this.isOpening = true;
    try {
      for (;;) {
        const { version } = document;
        this.eol = document.eol;
        let total = this.ask({ kind: "open", document: id, encoding, text: "" });
        let length = 0;
        for (let line = 0; line < document.lineCount && document.version === version; line += LINES) {
          const text = document.getText(new vscode.Range(line, 0, line + LINES, 0));
          total = this.ask({ kind: "change", document: id, changes: [{ rangeOffset: length, rangeLength: 0, text }] });
          length += text.length;
          await setImmediate();
          if (this.isDisposed) throw new Error("The document is not counted any more.");
        }
        if (document.version !== version) continue;
        this.isOpening = false; // what changes from here on is told
        return await total;
      }
    } finally {
      this.isOpening = false;
    }
  }

  private change({ contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (!this.total || this.isOpening) return;
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
