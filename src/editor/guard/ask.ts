import * as vscode from "vscode";
import { showAmount } from "../../budget/money.ts";
import type { Alternative } from "../../budget/pricing/compare.ts";
import type { State } from "../../protocol/daemon.ts";
import type { Reader } from "../words.ts";
import { pickPurpose } from "../work/purpose.ts";
import type { Answer, Question, Refused } from "./guard.ts";
import { canAskForMore, canSendAnyway, confirmText, otherPurposes, purposeText, refusalText } from "./question.ts";

/** Asks what a request is for, where that is needed; else by a modal dialog whether to send it. Closing either is a no. */
export async function askPerson(question: Question, state: State | undefined, reader: Reader): Promise<Answer> {
  if (question.reply.reasons.some(({ code }) => code === "purposeNeeded")) {
    const purposes = state?.policy.policy.purposes.list ?? [];
    const purpose = await pickPurpose(purposes, purposeText(question, reader), reader);
    return purpose === undefined ? "cancel" : { purpose };
  }
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
  refused: Refused,
  state: State | undefined,
  reader: Reader,
): Promise<"useAlternative" | "askForMore" | "sendAnyway" | "preview" | { purpose: string } | undefined> {
  const { alternative } = refused;
  const { message, detail } = refusalText(refused, state, reader);
  const use = alternative && { title: alternativeTitle(alternative, reader) };
  const preview: vscode.MessageItem = { title: reader.t("Preview Prompt Cost") };
  const more = canAskForMore(refused, state) && { title: reader.t("Ask for More…") };
  const purposes = otherPurposes(refused, state);
  const say = purposes.length > 0 && { title: reader.t("Say What It Is For…") };
  const glass = canSendAnyway(refused, state) && { title: reader.t("Send Anyway…") };
  const ways = [...(use ? [use] : []), ...(say ? [say] : []), ...(more ? [more] : []), ...(glass ? [glass] : []), preview];
  const picked = await vscode.window.showErrorMessage(message, { modal: true, detail }, ...ways);
  if (picked === preview) return "preview";
  if (say && picked === say) {
    const purpose = await pickPurpose(purposes, message, reader);
    return purpose === undefined ? undefined : { purpose };
  }
  if (more && picked === more) return "askForMore";
  if (glass && picked === glass) return "sendAnyway";
  return picked ? "useAlternative" : undefined;
}

function alternativeTitle({ name, cost, verdict }: Alternative, { t }: Reader): string {
  return t("Use {0} ({1})", name, verdict.plan ? verdict.plan.name : showAmount(cost.high, "usd"));
}
