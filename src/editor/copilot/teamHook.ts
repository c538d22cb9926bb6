import * as vscode from "vscode";
import { HOOK_TIMEOUT } from "../../protocol/assistants.ts";
import { HOOK_FILE, hookFileText, TEAM_HOOKS, teamHook } from "../../protocol/hookFile.ts";

/**
 * `Token Budget: Write Team Hook File`: a hook file in the workspace that guards everybody who has Token Budget, once it is committed, and does
 * nothing for the others.
 */
export async function writeTeamHook(): Promise<void> {
  const folder = await chooseFolder();
  if (!folder) return;
  const uri = vscode.Uri.joinPath(folder.uri, ...TEAM_HOOKS, HOOK_FILE);
  const text = hookFileText(teamHook(HOOK_TIMEOUT));
  const before = await vscode.workspace.fs.readFile(uri).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => undefined,
  );
  if (before !== text) await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  await vscode.window.showTextDocument(uri, { preview: true });
  void vscode.window.showInformationMessage(
    before === text
      ? vscode.l10n.t("The team's hook file is as it should be.")
      : vscode.l10n.t("Commit this file: it guards Copilot Chat for all who have Token Budget, and does nothing for the others."),
  );
}

async function chooseFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new Error(vscode.l10n.t("Open the folder of the team's repository first."));
  return folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick();
}
