import * as vscode from "vscode";
import type { Work } from "../../budget/policy/work.ts";
import { issueOf, projectOf } from "./names.ts";

/** What we use of the API of VS Code's own Git extension, version 1. Its state is in memory: reading it asks nobody. */
interface Git {
  getRepository(uri: vscode.Uri): Repository | null;
}
interface Repository {
  state: { HEAD?: { name?: string }; remotes: { name: string; fetchUrl?: string }[] };
}

/** As long as they may be where they cross to the daemon. */
const LONGEST = { project: 120, branch: 120, issue: 40 };

/** The work that a window is at. */
export class WindowWork {
  /** Id of the purpose that the person has chosen for all requests of the window, until they choose another. */
  purpose: string | undefined;

  /** Now: by the folder of the document in front, else the first. */
  get now(): Work {
    return this.at(vscode.window.activeTextEditor?.document.uri);
  }

  /** The same by the folder that something lies in. */
  at(place: vscode.Uri | undefined): Work {
    return { ...workAt(place), ...(this.purpose !== undefined && { purpose: this.purpose }) };
  }
}

function workAt(place: vscode.Uri | undefined): Work {
  const folder = (place && vscode.workspace.getWorkspaceFolder(place)) ?? vscode.workspace.workspaceFolders?.[0];
  if (!folder) return {};
  const state = git()?.getRepository(folder.uri)?.state;
  const remote = state?.remotes.find(({ name }) => name === "origin") ?? state?.remotes[0];
  const branch = state?.HEAD?.name;
  const issue = branch && issueOf(branch);
  return {
    project: ((remote?.fetchUrl && projectOf(remote.fetchUrl)) || folder.name).slice(0, LONGEST.project),
    ...(branch && { branch: branch.slice(0, LONGEST.branch) }),
    ...(issue && { issue: issue.slice(0, LONGEST.issue) }),
  };
}

/** Undefined where Git is turned off, not there, or not started yet. */
function git(): Git | undefined {
  const extension = vscode.extensions.getExtension<{ enabled: boolean; getAPI(version: 1): Git }>("vscode.git");
  return extension?.isActive && extension.exports.enabled ? extension.exports.getAPI(1) : undefined;
}
