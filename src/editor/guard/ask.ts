import * as vscode from "vscode";
import type { Alternative } from "../../budget/compare.ts";
import { showAmount } from "../../budget/money.ts";
import type { State } from "../../protocol/daemon.ts";
import type { Reader } from "../words.ts";
import type { Admission, Answer, Question } from "./guard.ts";
import { canAskForMore, confirmText, refusalText } from "./question.ts";

/** Asks by a modal dialog; closing it is a no. */
export async function askPerson(question: Question, state: State | undefined, reader: Reader): Promise<Answer> {
  const { alternative } = question;
  const { message, detail } = confirmText(question, state, reader);
  const send: vscode.MessageItem = { title: reader.t("Send") };
  const use = alternative && { title: alternativeTitle(alternative, reader) };
  const items = use ? [send, use] : [send];
  const picked = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...items);
  if (!picked) return "cancel";
  return picked === use ? "useAlternative" : "send";
}

/** Tells why a request was refused, and lets the person choose a way out. */
export async function showRefusal(
  { ref, reply, alternative }: Extract<Admission, { outcome: "refused" }>,
  state: State | undefined,
  reader: Reader,
): Promise<"useAlternative" | "askForMore" | "preview" | undefined> {
  const { message, detail } = refusalText(ref, reply, alternative, state, reader);
  const use = alternative && { title: alternativeTitle(alternative, reader) };
  const preview: vscode.MessageItem = { title: reader.t("Preview Prompt Cost") };
  const more = canAskForMore(ref, reply, state) && { title: reader.t("Ask for More…") };
  const ways = [...(use ? [use] : []), ...(more ? [more] : []), preview];
  const picked = await vscode.window.showErrorMessage(message, { modal: true, detail }, ...ways);
  if (picked === preview) return "preview";
  if (more && picked === more) return "askForMore";
  return picked ? "useAlternative" : undefined;
}

function alternativeTitle({ name, cost, verdict }: Alternative, { t }: Reader): string {
  return t("Use {0} ({1})", name, verdict.plan ? verdict.plan.name : showAmount(cost.high, "usd"));
}
