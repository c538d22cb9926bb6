import { realpath } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import * as z from "zod/mini";
import { together, type WorkspaceRules, WorkspaceRulesSchema } from "../budget/policy/workspaceRules.ts";
import { readInside } from "./promptFiles/readInside.ts";

const FILE = ".token-budget.json";

/** What the folders of a trusted workspace ask for in their `.token-budget.json`, kept up to date. */
export class WorkspaceRulesFiles implements vscode.Disposable {
  private readonly log: (line: string) => void;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly own: vscode.Disposable[];
  private reading = 0;
  /** Undefined where no folder has any. */
  rules: WorkspaceRules | undefined;
  readonly onDidChange = this.changed.event;
  /** Resolves when the files have been read for the first time. */
  readonly ready: Promise<void>;

  constructor(log: (line: string) => void) {
    this.log = log;
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${FILE}`);
    const again = () => void this.read();
    this.own = [
      this.changed,
      watcher,
      watcher.onDidCreate(again),
      watcher.onDidChange(again),
      watcher.onDidDelete(again),
      vscode.workspace.onDidChangeWorkspaceFolders(again),
    ];
    this.ready = this.read();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private async read(): Promise<void> {
    const turn = ++this.reading;
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    const read = await Promise.all(folders.map(({ uri }) => this.readIn(uri.fsPath)));
    if (turn !== this.reading) return; // what was read later holds
    const rules = read.filter((one) => one !== undefined);
    const next = rules.length > 0 ? together(rules) : undefined;
    if (JSON.stringify(next) === JSON.stringify(this.rules)) return;
    this.rules = next;
    this.changed.fire();
  }

  private async readIn(folder: string): Promise<WorkspaceRules | undefined> {
    const root = await realpath(folder).catch(() => folder);
    const file = await readInside(join(folder, FILE), [root]);
    if (file === "missing") return undefined;
    const read = typeof file === "string" ? file : rulesIn(file.text);
    if (typeof read !== "string") return read;
    this.log(`${join(folder, FILE)} is not followed: ${read}`);
    const text = vscode.l10n.t("{0} is not followed, because it is not valid: {1}", FILE, read);
    void vscode.window.showWarningMessage(text);
    return undefined;
  }
}

/** The rules in a file's text, or why there are none. */
function rulesIn(text: string): WorkspaceRules | string {
  try {
    const result = z.safeParse(WorkspaceRulesSchema, JSON.parse(text));
    if (result.success) return result.data;
    return result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  } catch (error) {
    return (error as Error).message;
  }
}
