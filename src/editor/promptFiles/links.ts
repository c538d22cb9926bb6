import path from "node:path";
import * as vscode from "vscode";
import { isPromptLanguage, promptFiles } from "../prompt.ts";
import type { Setting } from "../settings.ts";
import { placeOf } from "./place.ts";
import { rangeOf } from "./problems.ts";
import type { PromptFiles } from "./promptFiles.ts";
import type { ReferencedFiles } from "./referencedFiles.ts";

/**
 * Ctrl+click on a reference opens its file, where VS Code does not do that already: it does for Markdown links, and for `#file:` in its own
 * languages for prompt files.
 */
export class ReferenceLinks implements vscode.Disposable, vscode.DocumentLinkProvider {
  private readonly files: PromptFiles;
  private readonly referenced: Pick<ReferencedFiles, "folders">;
  private readonly patterns: Setting<string[]>;
  private readonly watching: vscode.Disposable;
  private registration: vscode.Disposable;

  constructor(files: PromptFiles, referenced: Pick<ReferencedFiles, "folders">, patterns: Setting<string[]>) {
    this.files = files;
    this.referenced = referenced;
    this.patterns = patterns;
    this.registration = this.register();
    this.watching = patterns.onDidChange(() => {
      this.registration.dispose();
      this.registration = this.register();
    });
  }

  dispose(): void {
    this.registration.dispose();
    this.watching.dispose();
  }

  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    if (!vscode.workspace.isTrusted || document.uri.scheme !== "file") return [];
    const scan = await this.files.get(document)?.scan();
    const { folders } = this.referenced;
    return (scan?.references ?? []).flatMap((reference) => {
      const isMissing = reference.kind === "import" || (reference.kind === "file" && !isPromptLanguage(document));
      const place = isMissing ? placeOf(reference, document.uri.fsPath, { folders, path }) : "missing";
      return typeof place === "string" ? [] : [new vscode.DocumentLink(rangeOf(reference), vscode.Uri.file(place.path))];
    });
  }

  private register(): vscode.Disposable {
    return vscode.languages.registerDocumentLinkProvider(promptFiles(this.patterns), this);
  }
}
