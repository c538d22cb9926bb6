import * as vscode from "vscode";
import type { Refusal, TurnAnswer, TurnQuestion } from "../../protocol/assistants.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import { asPlainText, type Reader } from "../words.ts";
import { TurnAsker } from "./ask.ts";
import { guardCopilot, unguardCopilot } from "./guardCopilot.ts";
import type { CopilotHint } from "./hint.ts";
import { PlanDocument } from "./planDocument.ts";
import { refusalText } from "./refusal.ts";
import { writeTeamHook } from "./teamHook.ts";

export interface CopilotParts {
  client: Pick<DaemonClient, "state" | "link" | "telemetry">;
  context: Pick<vscode.ExtensionContext, "globalState" | "globalStorageUri">;
  hint: Pick<CopilotHint, "look">;
  reader: () => Reader;
  /** What the person has said that this window's requests are for: id of a purpose. */
  purpose: () => string | undefined;
}

/** Copilot Chat under guard: the questions about its turns, and what sets them up. A bundle of its own. */
export class Copilot implements vscode.Disposable {
  private readonly parts: CopilotParts;
  private readonly asker: TurnAsker;
  private readonly document = new PlanDocument();

  constructor(parts: CopilotParts) {
    this.parts = parts;
    this.asker = new TurnAsker(parts);
  }

  dispose(): void {
    this.document.dispose();
  }

  ask(question: TurnQuestion, signal: AbortSignal): Promise<TurnAnswer> {
    return this.asker.ask(question, signal);
  }

  /** The chat shows that a hook has refused something, and why behind a click alone. A turn that was stopped is ended first. */
  async tell(refusal: Refusal): Promise<void> {
    if (refusal.kind === "turn") await this.asker.endTurn();
    void this.show(refusal);
  }

  private async show(refusal: Refusal): Promise<void> {
    const { client, reader } = this.parts;
    const { message, ways } = refusalText(refusal, client.state, reader());
    const chosen = await vscode.window.showWarningMessage(asPlainText(message), ...ways);
    if (chosen) await vscode.commands.executeCommand(chosen.command, ...(chosen.arguments ?? []));
  }

  async guard(): Promise<void> {
    await guardCopilot(this.guardParts);
    this.parts.hint.look();
  }

  async unguard(): Promise<void> {
    await unguardCopilot(this.guardParts);
    this.parts.hint.look();
  }

  writeTeamHook(): Promise<void> {
    return writeTeamHook();
  }

  private get guardParts() {
    const { client, context } = this.parts;
    const settingsFile = vscode.Uri.joinPath(context.globalStorageUri, "..", "..", "settings.json").fsPath;
    return { client, memento: context.globalState, settingsFile, document: this.document };
  }
}
