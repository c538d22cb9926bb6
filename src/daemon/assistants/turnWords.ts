import type { SessionContext } from "../../budget/estimate/turn.ts";
import type { TurnNorm } from "../../budget/estimate/turnHistory.ts";
import { inEnglish, type Message, message } from "../../budget/message.ts";
import { type Nano, parseAmount, showAmount, showTokens } from "../../budget/money.ts";
import type { Reason } from "../../budget/verdict/reason.ts";
import type { OpenReply } from "../../protocol/daemon.ts";

/** What is said of an assistant's turns: data for the windows, English for the chat. */

const usd = (nano: Nano) => showAmount(nano, "usd");

/** What a prompt starts at, and what such turns usually come to. */
export function promptLines({ cost, plan }: OpenReply, norm: TurnNorm): Message[] {
  if (plan) return [message("It is {0}", inEnglish(plan))];
  const [start, likely, high] = [cost.start, cost.likely, cost.high].map((amount) => usd(parseAmount(amount))) as [
    string,
    string,
    string,
  ];
  const calls = [String(norm.calls.likely), String(norm.calls.high)] as const;
  return [
    message("It starts around {0}, and such turns usually come to {1}–{2}", start, likely, high),
    norm.own
      ? message("Half of your turns take up to {0} calls of the model, nine of ten up to {1}", ...calls)
      : message("That is assumed until there are enough turns of yours to tell"),
  ];
}

/** Why a session that is taken up again is asked about. `cost`: of reading it again. */
export function coldReason({ tokens }: SessionContext, cost: Nano): Reason {
  const text = message(
    "The provider's cache has forgotten this session's {0} tokens: to read them again costs about {1}. A fresh session does not",
    showTokens(tokens),
    usd(cost),
  );
  return { code: "coldSession", effect: "confirm", text };
}

/** Why a turn that runs is asked about. */
export function grownReason(spent: Nano, letGo: Nano): Reason {
  const text = message("This turn has used {0}, more than the {1} that it was let go for", usd(spent), usd(letGo));
  return { code: "turnGrown", effect: "confirm", text };
}

export function subagentsReason(count: number, most: number): Reason {
  const text = message("This turn starts {0} sub-agents; above {1} you are asked", String(count), String(most));
  return { code: "subagents", effect: "confirm", text };
}

/** Said wherever a prompt is stopped: its text stays in the session. */
const LEFT_BEHIND =
  "The text of this prompt stays in this session and goes out with your next message: begin a new session to be rid of it.";

/** Why a prompt was not sent, and the ways out, in English for the chat. */
export function notSent(reasons: readonly Reason[], ways: readonly string[]): string {
  const [first = { text: message("your team's policy forbids it") }, ...rest] = reasons;
  return paragraphs([
    sentence(`Token Budget: not sent. ${inEnglish(first.text)}`),
    ...rest.map(({ text }) => sentence(inEnglish(text))),
    ...ways,
    LEFT_BEHIND,
  ]);
}

/** What a person can do about a refusal. */
export function waysOut(cheaper: string | undefined, mayAskForMore: boolean): string[] {
  return [
    ...(cheaper === undefined ? [] : [`Choose a cheaper model, such as ${cheaper}.`]),
    mayAskForMore
      ? "Ask your team lead for more: run “Token Budget: Ask for More…”."
      : "“Token Budget: Show Allowances” tells what is left, and when it resets.",
  ];
}

/** Why a prompt that somebody was asked about was not sent. */
export const DECLINED = {
  stop: message("You chose not to send it"),
  freshSession: message("You chose to go on in a fresh session"),
  askForMore: message("You chose to ask for more first"),
  late: message("Nobody has answered the question about its cost in time"),
  nobody: message("It has to be asked about, and no window is open to ask in"),
} as const;

/** Why a turn was stopped, in English for the chat and the model. */
export function stopped(reasons: readonly Reason[], spent: Nano): string {
  const why = reasons.map(({ text }) => sentence(inEnglish(text))).join(" ");
  return `Token Budget has stopped this turn, which has used ${usd(spent)}. ${why}`.trim();
}

function paragraphs(parts: readonly string[]): string {
  return parts.join("\n\n");
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
