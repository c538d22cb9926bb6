import * as vscode from "vscode";
import type { TurnAnswer, TurnQuestion } from "../../protocol/assistants.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import { asPlainText, type Reader } from "../words.ts";
import { pickPurpose } from "../work/purpose.ts";
import { type TurnDialog, turnDialog } from "./question.ts";

export interface AskParts {
  client: Pick<DaemonClient, "state">;
  reader: () => Reader;
  /** What the person has said that this window's requests are for: id of a purpose. */
  purpose: () => string | undefined;
}

/** How long an answer that nobody waits for any more is kept for the same question (ms): a daemon that was killed is back by then. */
const KEPT = 15_000;

/** A dialog that was shown, and how many wait for its answer. */
interface Shown {
  text: string;
  answer: Promise<TurnAnswer>;
  waiting: number;
}

/** Asks the person about the assistant's turns. */
export class TurnAsker {
  private readonly parts: AskParts;
  private readonly shown = new Set<Shown>();

  constructor(parts: AskParts) {
    this.parts = parts;
  }

  /**
   * Resolves with what the person says. No extension can close a modal dialog: where the signal aborts it stays until the person closes it. Its
   * answer then holds for the same question, if that is put again as by a daemon that was started anew; else it comes too late.
   */
  async ask(question: TurnQuestion, signal: AbortSignal): Promise<TurnAnswer> {
    const dialog = turnDialog(question, this.parts.client.state, this.parts.reader(), this.parts.purpose());
    const text = JSON.stringify([question.session, dialog]);
    const left = [...this.shown].find((one) => one.waiting === 0 && one.text === text);
    const one = left ?? this.show(text, dialog);
    one.waiting++;
    signal.addEventListener("abort", () => one.waiting--, { once: true });
    const answer = await one.answer;
    if (signal.aborted || !this.shown.delete(one)) return answer; // it is for who asked after this
    await this.act(question, answer);
    return answer;
  }

  private show(text: string, dialog: TurnDialog): Shown {
    const one: Shown = { text, answer: choose(dialog, this.parts.reader()), waiting: 0 };
    this.shown.add(one);
    void one.answer.then(({ choice }) => {
      const forget = () => this.shown.delete(one) && choice !== "stop" && tellTooLate();
      if (one.waiting === 0) setTimeout(forget, KEPT);
    });
    return one;
  }

  private async act({ kind, cost }: TurnQuestion, { choice }: TurnAnswer): Promise<void> {
    if (choice === "stop" && (kind === "running" || kind === "subagents")) await this.endTurn();
    if (choice === "freshSession") void vscode.commands.executeCommand("workbench.action.chat.newChat");
    if (choice === "askForMore") void vscode.commands.executeCommand("tokenBudget.askForMore", cost.high);
  }

  /**
   * A hook can refuse a tool call, but then the model is called again to hear of it. The editor's own command ends the turn at once; it ends that of
   * the chat used last, so it is only for a turn that has no other beside it.
   */
  async endTurn(): Promise<void> {
    const running = this.parts.client.state?.assistants.reduce((sum, one) => sum + one.running, 0);
    if (running === 1) await vscode.commands.executeCommand("workbench.action.chat.cancel");
  }
}

async function choose(dialog: TurnDialog, reader: Reader): Promise<TurnAnswer> {
  const [first] = dialog.choices;
  const answer = dialog.isForPurposeAlone && first ? first.answer : await chooseButton(dialog);
  if (dialog.purposes.length === 0 || (answer.choice !== "send" && answer.choice !== "sendUpTo")) return answer;
  const purpose = await pickPurpose(dialog.purposes, dialog.message, reader);
  return purpose === undefined ? { choice: "stop" } : { ...answer, purpose };
}

async function chooseButton({ message, detail, choices, no }: TurnDialog): Promise<TurnAnswer> {
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
