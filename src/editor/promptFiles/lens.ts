import * as vscode from "vscode";
import { promptFiles } from "../prompt.ts";
import type { Settings } from "../settings.ts";
import type { Reader } from "../words.ts";
import type { PromptFiles } from "./promptFiles.ts";
import { lensText } from "./text.ts";

const TOP = new vscode.Range(0, 0, 0, 0);

/** The line above a prompt file: its tokens and what they cost. What it shows was found out before: to provide it costs nothing. */
export class PromptFileLens implements vscode.Disposable, vscode.CodeLensProvider {
  private readonly files: PromptFiles;
  private readonly settings: Pick<Settings, "estimateFiles" | "lensVisible">;
  private readonly reader: () => Reader;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly own: vscode.Disposable[];
  private registration: vscode.Disposable | undefined;
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(files: PromptFiles, settings: Pick<Settings, "estimateFiles" | "lensVisible">, reader: () => Reader) {
    this.files = files;
    this.settings = settings;
    this.reader = reader;
    this.own = [
      this.changed,
      files.onDidChange(() => this.changed.fire()),
      settings.estimateFiles.onDidChange(() => this.register()),
      settings.lensVisible.onDidChange(() => this.register()),
    ];
    this.register();
  }

  dispose(): void {
    this.registration?.dispose();
    vscode.Disposable.from(...this.own).dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const file = this.files.get(document);
    if (!file) return [];
    const { state } = file;
    const { t } = this.reader();
    if (!state) return [new vscode.CodeLens(TOP, { title: t("Counting tokens…"), command: "" })];
    const { title, tooltip } = lensText(state.view, this.reader());
    // Without prices (an untrusted workspace, no daemon) there is nothing to compare.
    const command = state.view.price ? "tokenBudget.previewCost" : "";
    return [new vscode.CodeLens(TOP, { title, tooltip, command, arguments: [document.uri] })];
  }

  private register(): void {
    this.registration?.dispose();
    const { estimateFiles, lensVisible } = this.settings;
    this.registration = lensVisible.value
      ? vscode.languages.registerCodeLensProvider(promptFiles(estimateFiles), this)
      : undefined;
  }
}
