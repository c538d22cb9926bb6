import { join } from "node:path";
import * as vscode from "vscode";
import type { Link } from "../protocol/client.ts";

/** `Token Budget: Show Daemon Log`: the daemon's own log file; this window's log where there is no daemon. */
export async function showDaemonLog({ stateDirectory }: Link, own: vscode.LogOutputChannel): Promise<void> {
  if (!stateDirectory) {
    own.show();
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(join(stateDirectory, "daemon.log")));
  const editor = await vscode.window.showTextDocument(document);
  const end = document.lineAt(document.lineCount - 1).range.end;
  editor.revealRange(new vscode.Range(end, end));
}
