import * as vscode from "vscode";

const SCHEME = "token-budget-guard";

/** Shows word for word what would be written, as a read-only document, and asks above it. */
export class PlanDocument implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private text = "";
  readonly onDidChange = this.changed.event;

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  provideTextDocumentContent(): string {
    return this.text;
  }

  /** @returns whether the person agreed */
  async confirm(text: string, writes: string): Promise<boolean> {
    this.text = text;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: vscode.l10n.t("Guard Copilot Chat").concat(".md") });
    this.changed.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    const yes: vscode.QuickPickItem = { label: `$(shield) ${vscode.l10n.t("Guard Copilot Chat")}`, detail: writes };
    const no: vscode.QuickPickItem = { label: `$(circle-slash) ${vscode.l10n.t("Not Now")}` };
    const picked = await vscode.window.showQuickPick([yes, no], {
      title: vscode.l10n.t("Guard Copilot Chat"),
      placeHolder: vscode.l10n.t("The document below shows all that would be written"),
      ignoreFocusOut: true,
    });
    await closeTab(uri); // it names an address that is only for this person: no chat should be offered it
    return picked === yes;
  }
}

async function closeTab(uri: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const own = tabs.filter(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
  await vscode.window.tabGroups.close(own);
}
