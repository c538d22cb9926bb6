import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";

/** Tells the daemon which folders this window has and whether the person looks at it: questions about a folder's requests come here. */
export class WindowPlaceSync implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "window">;
  private readonly log: (line: string) => void;
  private readonly own: vscode.Disposable[];

  constructor(client: Pick<DaemonClient, "window">, log: (line: string) => void) {
    this.client = client;
    this.log = log;
    this.own = [
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.tell()),
      vscode.window.onDidChangeWindowState(() => this.tell()),
    ];
    this.tell();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private tell(): void {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    const place = { folders: folders.map(({ uri }) => uri.fsPath), focused: vscode.window.state.focused };
    this.client.window(place).catch((error: Error) => this.log(`The daemon did not hear where this window is: ${error.message}`));
  }
}
