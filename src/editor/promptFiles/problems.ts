import * as vscode from "vscode";
import { isPromptLanguage } from "../prompt.ts";
import type { Setting } from "../settings.ts";
import type { Reader } from "../words.ts";
import type { Fault } from "./follow.ts";
import type { PromptFile } from "./promptFile.ts";
import type { PromptFiles } from "./promptFiles.ts";
import type { Reference } from "./scan.ts";
import { faultText } from "./text.ts";

/** References that are not counted, as diagnostics at their places. In its own languages VS Code reports by itself what it does not find. */
export class ReferenceProblems implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("tokenBudget");
  private readonly visible: Setting<boolean>;
  private readonly reader: () => Reader;
  private readonly own: vscode.Disposable[];

  constructor(files: PromptFiles, visible: Setting<boolean>, reader: () => Reader) {
    this.visible = visible;
    this.reader = reader;
    this.own = [
      this.collection,
      files.onDidChange((file) => this.show(file)),
      files.onDidClose(({ uri }) => this.collection.delete(uri)),
      visible.onDidChange(() => {
        this.collection.clear();
        for (const file of files.all) this.show(file);
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private show({ document, state }: PromptFile): void {
    if (!this.visible.value) return;
    const isToldAlready = ({ refusal, importedBy }: Fault) => refusal === "missing" && !importedBy && isPromptLanguage(document);
    const faults = state?.faults.filter((fault) => !isToldAlready(fault)) ?? [];
    this.collection.set(
      document.uri,
      faults.map((fault) => this.diagnostic(fault)),
    );
  }

  private diagnostic(fault: Fault): vscode.Diagnostic {
    const { Warning, Information } = vscode.DiagnosticSeverity;
    const text = faultText(fault, this.reader(), (path) => vscode.workspace.asRelativePath(path));
    const diagnostic = new vscode.Diagnostic(rangeOf(fault.reference), text, fault.refusal === "missing" ? Warning : Information);
    diagnostic.source = "Token Budget";
    return diagnostic;
  }
}

export function rangeOf({ line, start, end }: Reference): vscode.Range {
  return new vscode.Range(line, start, line, end);
}
