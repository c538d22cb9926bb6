import { parseAmount } from "../../budget/money.ts";
import type { BlockedPrompt } from "../../protocol/assistants.ts";
import type { State } from "../../protocol/daemon.ts";
import { lessText, sentence } from "../guard/question.ts";
import { type Reader, say } from "../words.ts";

/** What a person can do about a prompt that was not sent. */
export interface WayOn {
  title: string;
  command: string;
  arguments?: unknown[];
}

/** Why Copilot Chat has not sent a prompt, and the ways on. */
export function blockedText(prompt: BlockedPrompt, state: State | undefined, reader: Reader): { message: string; ways: WayOn[] } {
  const { t } = reader;
  const { ref, reasons, high, cheaper, mayAskForMore } = prompt;
  const [first] = cheaper;
  const less = first && lessText({ name: first.name, times: timesLess(parseAmount(high), parseAmount(first.high)) }, reader);
  const askForMore = { title: t("Ask for More…"), command: "tokenBudget.askForMore", arguments: [high] };
  const policy = { title: t("Show Policy"), command: "tokenBudget.policyHistory" };
  const sentences = [
    t("Copilot Chat has not sent your prompt to {0}.", ref.model),
    ...reasons.map(({ text }) => sentence(say(t, text))),
    less ? t("It would cost {0}.", less) : "",
    t("Its text stays in this session and goes along with your next message there."),
  ];
  return {
    message: sentences.filter(Boolean).join(" "),
    ways: [
      ...(mayAskForMore ? [askForMore] : []),
      ...(less ? [{ title: t("Choose Model…"), command: "workbench.action.chat.openModelPicker" }] : []),
      { title: t("Start Fresh Session"), command: "workbench.action.chat.newChat" },
      ...(state?.account ? [policy] : []),
    ],
  };
}

function timesLess(here: bigint, there: bigint): number {
  return there === 0n ? Number.POSITIVE_INFINITY : Number(here) / Number(there);
}
