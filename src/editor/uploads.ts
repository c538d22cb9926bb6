import * as vscode from "vscode";
import type { DaemonClient } from "../protocol/client.ts";

const SCHEME = "token-budget-uploads";

/** `Token Budget: Show Last Uploads`: what left this machine for the endpoint, word for word, as a read-only document. */
export class Uploads implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private readonly client: Pick<DaemonClient, "uploads">;
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.changed.event;

  constructor(client: Pick<DaemonClient, "uploads">) {
    this.client = client;
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  async provideTextDocumentContent(): Promise<string> {
    return `${JSON.stringify(await this.client.uploads(), null, 2)}\n`;
  }

  async show(): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: vscode.l10n.t("Last uploads").concat(".json") });
    this.changed.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }
}
