import { existsSync } from "node:fs";
import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import { COPILOT_CHAT, personalHookFile, TELEMETRY_WRITTEN, type TelemetryWritten } from "./places.ts";

/** Kept for all windows, for good. */
const HIDDEN = "copilotHintHidden";

/** What the person should hear about Copilot Chat: that it could be guarded, or that its reports go to where nobody listens any more. */
export type Hint = "guard" | "guardAgain";

/** The one hint about Copilot Chat, while it is due: the assistant is in use, and the person has not hidden it. */
export class CopilotHint implements vscode.Disposable {
  private readonly memento: vscode.Memento;
  private readonly client: Pick<DaemonClient, "state">;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly own: vscode.Disposable[];
  private isGuarded = false;
  readonly onDidChange = this.changed.event;

  constructor(memento: vscode.Memento, client: Pick<DaemonClient, "state">) {
    this.memento = memento;
    this.client = client;
    this.own = [
      this.changed,
      vscode.extensions.onDidChange(() => this.look()),
      // Another window may have guarded it meanwhile, or taken that back.
      vscode.window.onDidChangeWindowState(() => this.look()),
    ];
    this.look();
  }

  get due(): Hint | undefined {
    if (!vscode.extensions.getExtension(COPILOT_CHAT) || this.memento.get(HIDDEN, false)) return undefined;
    if (!this.isGuarded) return "guard";
    const written = this.memento.get<TelemetryWritten>(TELEMETRY_WRITTEN);
    const port = this.client.state?.assistants.find(({ assistant }) => assistant === "copilot")?.telemetryPort;
    return written && port !== undefined && Number(new URL(written.url).port) !== port ? "guardAgain" : undefined;
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** Looks again, after what may have changed it. */
  look(): void {
    this.isGuarded = existsSync(personalHookFile());
    this.changed.fire();
  }

  async hide(): Promise<void> {
    await this.memento.update(HIDDEN, true);
    this.look();
  }
}
