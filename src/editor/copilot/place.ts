import * as vscode from "vscode";
import type { WindowPlace } from "../../protocol/assistants.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { WorkspaceRulesFiles } from "../workspaceRules.ts";

/**
 * Tells the daemon which folders this window has, what they ask for and whether the person looks at it: questions about a folder's requests
 * come here.
 */
export class WindowPlaceSync implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "window">;
  private readonly rules: Pick<WorkspaceRulesFiles, "rules" | "onDidChange">;
  private readonly log: (line: string) => void;
  private readonly own: vscode.Disposable[];

  constructor(client: Pick<DaemonClient, "window">, rules: WindowPlaceSync["rules"], log: (line: string) => void) {
    this.client = client;
    this.rules = rules;
    this.log = log;
    this.own = [
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.tell()),
      vscode.window.onDidChangeWindowState(() => this.tell()),
      rules.onDidChange(() => this.tell()),
    ];
    this.tell();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private tell(): void {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    const { rules } = this.rules;
    const place: WindowPlace = {
      ...{ folders: folders.map(({ uri }) => uri.fsPath), focused: vscode.window.state.focused },
      ...(rules && { rules }),
    };
    this.client.window(place).catch((error: Error) => this.log(`The daemon did not hear where this window is: ${error.message}`));
  }
}
