import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { COPILOT_CHAT, personalHookFile } from "./places.ts";

/** Kept for all windows, for good. */
const HIDDEN = "copilotHintHidden";

/** Whether the person should hear that Copilot Chat could be guarded: it is in use, it is not guarded, and they have not said no. */
export class CopilotHint implements vscode.Disposable {
  private readonly memento: vscode.Memento;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly own: vscode.Disposable[];
  readonly onDidChange = this.changed.event;
  isDue = false;

  constructor(memento: vscode.Memento) {
    this.memento = memento;
    this.own = [this.changed, vscode.extensions.onDidChange(() => this.look())];
    this.look();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** Looks again, after what may have changed it. */
  look(): void {
    const isInUse = vscode.extensions.getExtension(COPILOT_CHAT) !== undefined;
    this.isDue = isInUse && !this.memento.get(HIDDEN, false) && !existsSync(personalHookFile());
    this.changed.fire();
  }

  async hide(): Promise<void> {
    await this.memento.update(HIDDEN, true);
    this.look();
  }
}
