import * as vscode from "vscode";
import type { Problem } from "../../protocol/endpoint.ts";
import { DRAFT } from "./files.ts";
import { placeOf, readDraft } from "./readPolicy.ts";

/** Marks in the open draft what the schema cannot say (time zones, amounts, ids that are there twice), and what the endpoint has found. */
export class DraftFaults implements vscode.Disposable {
  private readonly marks = vscode.languages.createDiagnosticCollection("token-budget-policy");
  private readonly own: vscode.Disposable[];

  constructor() {
    this.own = [
      this.marks,
      vscode.workspace.onDidOpenTextDocument((document) => this.look(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.look(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.marks.delete(document.uri)),
    ];
    for (const document of vscode.workspace.textDocuments) this.look(document);
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** Shows what the endpoint says is wrong. */
  show(document: vscode.TextDocument, faults: NonNullable<Problem["faults"]>): void {
    const text = document.getText();
    this.marks.set(
      document.uri,
      faults.map(({ pointer, detail }) => diagnostic(document, placeOf(text, pointer), detail)),
    );
  }

  private look(document: vscode.TextDocument): void {
    if (document.uri.toString() !== DRAFT.toString()) return;
    const ours = readDraft(document.getText()).faults.filter((fault) => fault.ours);
    this.marks.set(
      document.uri,
      ours.map((fault) => diagnostic(document, fault, vscode.l10n.t(fault.text))),
    );
  }
}

function diagnostic(
  document: vscode.TextDocument,
  { offset, length }: { offset: number; length: number },
  text: string,
): vscode.Diagnostic {
  const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
  const made = new vscode.Diagnostic(range, text, vscode.DiagnosticSeverity.Error);
  made.source = "Token Budget";
  return made;
}
