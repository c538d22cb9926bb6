import * as vscode from "vscode";
import type { EstimateModel } from "../estimate/model.ts";
import { isPromptFile } from "../prompt.ts";
import type { Settings } from "../settings.ts";
import { PromptFile, type PromptFileParts } from "./promptFile.ts";

export interface PromptFilesParts extends PromptFileParts {
  model: Pick<EstimateModel, "current" | "calibration" | "onDidChange">;
  settings: Pick<Settings, "estimateFiles">;
}

/** The prompt files that are open: each is looked at from when it is first shown until it is closed. */
export class PromptFiles implements vscode.Disposable {
  private readonly parts: PromptFilesParts;
  private readonly open = new Map<vscode.TextDocument, PromptFile>();
  private readonly changed = new vscode.EventEmitter<PromptFile>();
  private readonly closed = new vscode.EventEmitter<vscode.TextDocument>();
  private readonly own: vscode.Disposable[];
  /** A file has a new state. */
  readonly onDidChange = this.changed.event;
  /** A file is not looked at any more. */
  readonly onDidClose = this.closed.event;

  constructor(parts: PromptFilesParts) {
    this.parts = parts;
    const { estimateFiles } = parts.settings;
    const lookAgain = () => this.each((file) => file.soon(0));
    const choose = () => this.choose();
    this.own = [
      this.changed,
      this.closed,
      vscode.window.onDidChangeVisibleTextEditors(choose),
      vscode.workspace.onDidCloseTextDocument((document) => this.drop(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.open.get(document)?.soon()),
      vscode.workspace.onDidGrantWorkspaceTrust(lookAgain),
      parts.model.onDidChange(lookAgain),
      parts.referenced.onDidChange(() => this.each((file) => file.soon())), // many may change at once
      estimateFiles.onDidChange(choose),
    ];
    choose();
  }

  dispose(): void {
    for (const document of [...this.open.keys()]) this.drop(document);
    vscode.Disposable.from(...this.own).dispose();
  }

  get all(): Iterable<PromptFile> {
    return this.open.values();
  }

  get(document: vscode.TextDocument): PromptFile | undefined {
    return this.open.get(document);
  }

  /** Takes up what is shown, and drops what is no prompt file any more. */
  private choose(): void {
    const { estimateFiles } = this.parts.settings;
    const isOne = (document: vscode.TextDocument) => isPromptFile(document, estimateFiles);
    for (const document of [...this.open.keys()]) if (!isOne(document)) this.drop(document);
    for (const { document } of vscode.window.visibleTextEditors) {
      if (this.open.has(document) || !isOne(document)) continue;
      this.open.set(document, new PromptFile(document, this.parts, (file) => this.changed.fire(file)));
    }
  }

  private each(run: (file: PromptFile) => void): void {
    for (const file of this.all) run(file);
  }

  private drop(document: vscode.TextDocument): void {
    const file = this.open.get(document);
    if (!file) return;
    this.open.delete(document);
    file.dispose();
    if (this.open.size === 0) this.parts.referenced.rest();
    this.closed.fire(document);
  }
}
