import { parseAmount, showAmount } from "../../budget/money.ts";
import type { BlockedPrompt, Refusal } from "../../protocol/assistants.ts";
import type { State } from "../../protocol/daemon.ts";
import { lessText, sentence } from "../guard/question.ts";
import { type Reader, say } from "../words.ts";

/** What a person can do about what was refused. */
export interface WayOn {
  title: string;
  command: string;
  arguments?: unknown[];
}

/** Why Copilot Chat has not sent a prompt, or has stopped; and the ways on. */
export function refusalText(refusal: Refusal, state: State | undefined, reader: Reader): { message: string; ways: WayOn[] } {
  const { t } = reader;
  const reasons = refusal.reasons.map(({ text }) => sentence(say(t, text)));
  const isPrompt = refusal.kind === "prompt";
  const less = isPrompt ? cheaperText(refusal, reader) : "";
  const first = isPrompt
    ? t("Copilot Chat has not sent your prompt to {0}.", refusal.ref.model)
    : t("Copilot Chat was stopped: it has used {0} for this prompt.", showAmount(parseAmount(refusal.spent), "usd"));
  const leftBehind = isPrompt ? t("Its text stays in this session and goes along with your next message there.") : "";
  const amount = isPrompt ? refusal.high : refusal.spent;
  const askForMore = { title: t("Ask for More…"), command: "tokenBudget.askForMore", arguments: [amount] };
  return {
    message: [first, ...reasons, less, leftBehind].filter(Boolean).join(" "),
    ways: [
      ...(refusal.mayAskForMore ? [askForMore] : []),
      ...(less ? [{ title: t("Choose Model…"), command: "workbench.action.chat.openModelPicker" }] : []),
      ...(isPrompt ? [{ title: t("Start Fresh Session"), command: "workbench.action.chat.newChat" }] : []),
      ...(state?.account ? [{ title: t("Show Policy"), command: "tokenBudget.policyHistory" }] : []),
    ],
  };
}

/** Empty where no other model is worth it. */
function cheaperText({ high, cheaper: [first] }: BlockedPrompt, reader: Reader): string {
  if (!first) return "";
  const there = parseAmount(first.high);
  const times = there === 0n ? Number.POSITIVE_INFINITY : Number(parseAmount(high)) / Number(there);
  const less = lessText({ name: first.name, times }, reader);
  return less && reader.t("It would cost {0}.", less);
}
