import * as vscode from "vscode";
import type { TurnAnswer, TurnQuestion } from "../../protocol/assistants.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import { asPlainText, type Reader } from "../words.ts";
import { type TurnDialog, turnDialog } from "./question.ts";

export interface AskParts {
  client: Pick<DaemonClient, "state">;
  reader: () => Reader;
}

/** A dialog that is open, and how many still wait for its answer. */
interface OpenDialog {
  text: string;
  answer: Promise<TurnAnswer>;
  waiting: number;
}

/** Asks the person about the assistant's turns. */
export class TurnAsker {
  private readonly parts: AskParts;
  private readonly open = new Set<OpenDialog>();

  constructor(parts: AskParts) {
    this.parts = parts;
  }

  /**
   * Resolves with what the person says. No extension can close a modal dialog: where the signal aborts it stays until the person closes it. It
   * answers the same question if that is put again meanwhile, as by a daemon that was started anew; else its answer comes too late.
   */
  async ask(question: TurnQuestion, signal: AbortSignal): Promise<TurnAnswer> {
    const dialog = turnDialog(question, this.parts.client.state, this.parts.reader());
    const text = JSON.stringify([question.session, dialog]);
    const left = [...this.open].find((one) => one.waiting === 0 && one.text === text);
    const one = left ?? this.show(text, question, dialog);
    one.waiting++;
    signal.addEventListener("abort", () => one.waiting--, { once: true });
    return await one.answer;
  }

  private show(text: string, question: TurnQuestion, dialog: TurnDialog): OpenDialog {
    const one: OpenDialog = { text, answer: this.answerTo(question, dialog, () => one.waiting > 0), waiting: 0 };
    this.open.add(one);
    void one.answer.finally(() => this.open.delete(one));
    return one;
  }

  private async answerTo(question: TurnQuestion, dialog: TurnDialog, isAwaited: () => boolean): Promise<TurnAnswer> {
    const answer = await choose(dialog);
    if (!isAwaited()) {
      if (answer.choice !== "stop") tellTooLate();
      return answer;
    }
    if (answer.choice === "stop" && (question.kind === "running" || question.kind === "subagents")) await this.endTurn();
    if (answer.choice === "freshSession") void vscode.commands.executeCommand("workbench.action.chat.newChat");
    if (answer.choice === "askForMore") void vscode.commands.executeCommand("tokenBudget.askForMore", question.cost.high);
    return answer;
  }

  /**
   * A hook can refuse a tool call, but then the model is called again to hear of it. The editor's own command ends the turn at once; it ends that of
   * the chat used last, so it is only for a turn that has no other beside it.
   */
  private async endTurn(): Promise<void> {
    const running = this.parts.client.state?.assistants.reduce((sum, one) => sum + one.running, 0);
    if (running === 1) await vscode.commands.executeCommand("workbench.action.chat.cancel");
  }
}

async function choose({ message, detail, choices, no }: TurnDialog): Promise<TurnAnswer> {
  const items = choices.map(({ title, answer }) => ({ title, answer }));
  const refuse = { title: no, isCloseAffordance: true, answer: { choice: "stop" as const } };
  const picked = await vscode.window.showWarningMessage(asPlainText(message), { modal: true, detail }, ...items, refuse);
  return picked?.answer ?? refuse.answer;
}

function tellTooLate(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      "Copilot Chat did not wait for your answer any more. What it decided without you stands in the chat; send the prompt again if need be.",
    ),
  );
}
