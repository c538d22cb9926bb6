import * as vscode from "vscode";
import type { Problem } from "../../protocol/endpoint.ts";
import { Settling } from "../settling.ts";
import { DRAFT } from "./files.ts";
import { placeOf, readDraft } from "./readPolicy.ts";

/** Marks in the open draft what the schema cannot say (time zones, amounts, ids that are there twice), and what the endpoint has found. */
export class DraftFaults implements vscode.Disposable {
  private readonly marks = vscode.languages.createDiagnosticCollection("token-budget-policy");
  private readonly own: vscode.Disposable[];
  /** A large policy takes longer to check than a key may take. */
  private readonly settling = new Settling(async () => this.lookAgain());
  /** The version of the draft that is marked by what the endpoint says. */
  private told: number | undefined;

  constructor() {
    this.own = [
      this.marks,
      this.settling,
      vscode.workspace.onDidOpenTextDocument((document) => isDraft(document) && this.look(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => isDraft(document) && this.settling.soon()),
      vscode.workspace.onDidCloseTextDocument((document) => this.marks.delete(document.uri)),
    ];
    for (const document of vscode.workspace.textDocuments) if (isDraft(document)) this.look(document);
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** Shows what the endpoint says is wrong. */
  show(document: vscode.TextDocument, faults: NonNullable<Problem["faults"]>): void {
    const text = document.getText();
    this.told = document.version;
    this.marks.set(
      document.uri,
      faults.map(({ pointer, detail }) => diagnostic(document, placeOf(text, pointer), detail)),
    );
  }

  private lookAgain(): void {
    const draft = vscode.workspace.textDocuments.find(isDraft);
    if (draft && draft.version !== this.told) this.look(draft);
  }

  private look(document: vscode.TextDocument): void {
    this.told = undefined;
    const ours = readDraft(document.getText()).faults.filter((fault) => fault.ours);
    this.marks.set(
      document.uri,
      ours.map((fault) => diagnostic(document, fault, vscode.l10n.t(fault.text))),
    );
  }
}

function isDraft({ uri }: vscode.TextDocument): boolean {
  return uri.toString() === DRAFT.toString();
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
