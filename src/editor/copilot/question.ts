import { formatAmount, type Nano, ONE, parseAmount, showAmount } from "../../budget/money.ts";
import { type Purpose, purposeOf } from "../../budget/policy/purposes.ts";
import type { TurnAnswer, TurnQuestion } from "../../protocol/assistants.ts";
import type { State } from "../../protocol/daemon.ts";
import { type DialogText, leftLine, lessText, lines, sentence } from "../guard/question.ts";
import { type Reader, say } from "../words.ts";

/** The question about an assistant's turn. */
export interface TurnDialog extends DialogText {
  /** What may be answered besides no, the usual first. */
  choices: { title: string; answer: TurnAnswer }[];
  /** How the no is called. */
  no: string;
  /** Of which one has to be chosen besides; none where that is not needed, or the window's own is said. */
  purposes: Purpose[];
  /** Nothing but what it is for is wanted: the first of the choices is taken. */
  isForPurposeAlone: boolean;
}

/**
 * What a person is asked about a turn of Copilot Chat's, and what each button says to the daemon.
 * @param purpose what the person has said that the window's requests are for
 */
export function turnDialog(question: TurnQuestion, state: State | undefined, reader: Reader, purpose?: string): TurnDialog {
  const { t } = reader;
  const purposes = state?.policy.policy.purposes ?? { list: [] };
  const chosen = purposeOf(purposes, purpose)?.id;
  const needsPurpose = question.reasons.some(({ code }) => code === "purposeNeeded");
  const saying = (choice: TurnDialog["choices"][number]) =>
    chosen === undefined ? choice : { ...choice, answer: { ...choice.answer, purpose: chosen } };
  const isUnderWay = question.kind === "running" || question.kind === "subagents";
  return {
    message: messageOf(question, reader),
    detail: lines(
      ...question.lines.map((line) => sentence(say(t, line))),
      ...question.reasons.map(({ text }) => sentence(say(t, text))),
      "",
      state ? leftLine(needOf(question), state, reader) : "",
      cheaperLine(question, reader),
      question.kind === "running" && !question.plan
        ? t("“Continue” asks again above {0}.", showAmount(parseAmount(question.cost.high), "usd"))
        : "",
      isUnderWay ? "" : t("If you do not send it, its text stays in this session and goes along with your next message there."),
    ),
    choices: (isUnderWay ? goOnChoices(question, reader) : sendChoices(question, reader)).map(saying),
    no: isUnderWay ? t("Stop") : t("Don't Send"),
    purposes: needsPurpose && chosen === undefined ? purposes.list : [],
    isForPurposeAlone: needsPurpose && question.reasons.every(({ code }) => code === "purposeNeeded"),
  };
}

function messageOf({ kind, ref, modelKnown, plan, spent = "0" }: TurnQuestion, { t }: Reader): string {
  switch (kind) {
    case "prompt":
      if (plan) return t("Send this prompt to {0}? It is {1}.", ref.model, say(t, plan));
      return modelKnown
        ? t("Send this prompt to {0} in Copilot Chat?", ref.model)
        : t("Send this prompt to Copilot Chat? Its model is not known yet; {0} is assumed.", ref.model);
    case "cold":
      return t("Take up this session with {0} again?", ref.model);
    case "running":
      return t("Copilot Chat has used {0} for this prompt so far. Go on?", showAmount(parseAmount(spent), "usd"));
    case "subagents":
      return t("Copilot Chat wants to start more sub-agents for this prompt. Go on?");
  }
}

function sendChoices(question: TurnQuestion, { t }: Reader): TurnDialog["choices"] {
  const limit = roundAbove(parseAmount(question.cost.high));
  const fresh = { title: t("Start Fresh Session"), answer: { choice: "freshSession" as const } };
  const quiet = {
    title: t("Send, Not Again Below {0} in This Session", showAmount(limit, "usd")),
    answer: { choice: "send" as const, notBelow: formatAmount(limit) },
  };
  return [
    { title: t("Send"), answer: { choice: "send" } },
    ...(question.kind === "cold" ? [fresh] : [...(question.plan ? [] : [quiet]), fresh]),
    ...askChoice(question, t),
  ];
}

function goOnChoices(question: TurnQuestion, { t }: Reader): TurnDialog["choices"] {
  const further = furtherThan(question);
  const choice = {
    title: t("Continue to {0}", showAmount(further, "usd")),
    answer: { choice: "sendUpTo" as const, amount: formatAmount(further) },
  };
  return [
    { title: t("Continue"), answer: { choice: "send" } },
    ...(question.kind === "running" && !question.plan ? [choice] : []),
    ...askChoice(question, t),
  ];
}

/** The amount suggested, or the next round one at a distance from where it asks again anyway. */
function furtherThan({ upTo, cost }: TurnQuestion): Nano {
  const [suggested, high] = [parseAmount(upTo), parseAmount(cost.high)];
  return suggested > high ? suggested : roundAbove(2n * high);
}

function askChoice({ mayAskForMore }: TurnQuestion, t: Reader["t"]): TurnDialog["choices"] {
  return mayAskForMore ? [{ title: t("Ask for More…"), answer: { choice: "askForMore" } }] : [];
}

/** Which model answers is chosen in the chat, by the person alone. */
function cheaperLine({ cheaper, cost, plan }: TurnQuestion, reader: Reader): string {
  const [first] = cheaper;
  if (!first || plan) return "";
  const high = parseAmount(first.high);
  const times = high === 0n ? Number.POSITIVE_INFINITY : Number(parseAmount(cost.high)) / Number(high);
  const text = lessText({ name: first.name, times }, reader);
  return text && reader.t("It would cost {0}: choose it in the chat's model picker.", text);
}

function needOf({ ref, cost, spent = "0" }: TurnQuestion) {
  const left = parseAmount(cost.high) - parseAmount(spent);
  return { ref, usd: left > 0n ? left : 0n, tokens: 0n };
}

/** The next of 1, 2, 5, 10, 20, 50 … cents: an amount that people remember. */
function roundAbove(amount: Nano): Nano {
  for (let unit = ONE / 100n; ; unit *= 10n) for (const step of [unit, 2n * unit, 5n * unit]) if (step >= amount) return step;
}
