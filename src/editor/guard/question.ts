import { figuresOf } from "../../budget/allowance/allowance.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { type Nano, parseAmount, shareOf, showAmount } from "../../budget/money.ts";
import { planText } from "../../budget/plan/plan.ts";
import type { Purpose } from "../../budget/policy/purposes.ts";
import type { Alternative } from "../../budget/pricing/compare.ts";
import { percent } from "../../budget/share.ts";
import { applicable, weightedTokens } from "../../budget/verdict/verdict.ts";
import type { OpenReply, State } from "../../protocol/daemon.ts";
import { allowanceText } from "../meter/text.ts";
import { resetsIn } from "../meter/time.ts";
import { type Reader, say } from "../words.ts";
import type { Question, Refused } from "./guard.ts";

/** A dialog: one sentence, and what stands below it. */
export interface DialogText {
  message: string;
  detail: string;
}

type Cost = OpenReply["cost"];

/** The question before an expensive request: what it will cost, what that takes, and why we ask. */
export function confirmText(question: Question, state: State | undefined, reader: Reader): DialogText {
  const { ref, reply, covers } = question;
  const { t } = reader;
  const range = costRange(parseAmount(reply.cost.likely), parseAmount(reply.cost.high));
  return {
    message: reply.plan
      ? t("Send this prompt to {0}? It is {1}.", ref.model, say(t, reply.plan))
      : t("Send this prompt to {0}? It will likely cost {1}.", ref.model, range),
    detail: lines(
      ...reply.reasons.map(({ text }) => say(t, text)),
      "",
      ...(reply.plan ? [] : [startLine(reply.cost, reader)]),
      leftLineOf(question, state, reader),
      ...(question.alternative && !reply.plan ? [lessLine(question.alternative, reader)] : []),
      ...(reply.preferred ? [preferredText(reply.preferred, reader)] : []),
      covers === undefined || reply.plan
        ? ""
        : t("A yes also answers for the tool calls of this turn, up to {0} in all.", below(covers)),
    ),
  };
}

/** Why a request is not sent, and the ways out. */
export function refusalText(refused: Refused, state: State | undefined, reader: Reader): DialogText {
  const { t } = reader;
  const { ref, work, reply, alternative } = refused;
  const hard = reply.reasons.filter(({ effect }) => effect === "block");
  const blocking = hard.length > 0 ? hard : reply.reasons;
  const limited = isLimited(reply);
  const full = limited ? applicable(state?.allowances ?? [], ref, work).toSorted(byRemaining)[0] : undefined;
  const ways = [
    alternative && insteadText(alternative, reader),
    full && t("Wait: {0} {1}.", full.name, resetsIn(Date.parse(full.period.resetsAt), reader)),
    limited && t("Make the prompt shorter; “Preview Prompt Cost” shows what it takes."),
    otherPurposes(refused, state).length > 0 && t("If it is for what your team lets go first, say so: “Choose Purpose…”."),
    canAskForMore(refused, state)
      ? t("Ask your team lead for more: “Ask for More…”.")
      : t("Ask your team lead to change the policy."),
  ];
  const reason = blocking[0] ? say(t, blocking[0].text) : t("your team's policy forbids it");
  return {
    message: sentence(t("Not sent to {0}: {1}", ref.model, reason)),
    detail: lines(...blocking.slice(1).map(({ text }) => say(t, text)), "", t("What you can do:"), ...bullets(ways)),
  };
}

/** Whether a raise of an allowance of the person's own may help. */
export function canAskForMore({ ref, work, reply }: Refused, state: State | undefined): boolean {
  if (!state?.account || !isLimited(reply)) return false;
  return applicable(state.allowances, ref, work).some(({ per }) => per === "developer");
}

/** Whether the policy lets the person take what is lacking themselves. */
export function canSendAnyway(refused: Refused, state: State | undefined): boolean {
  return state?.policy.policy.grants.breakGlass !== undefined && canAskForMore(refused, state);
}

/** The purposes that would draw on an allowance of their own instead of those that are used up. */
export function otherPurposes({ work, reply }: Refused, state: State | undefined): Purpose[] {
  const list = state?.policy.policy.purposes.list ?? [];
  return isLimited(reply) ? list.filter(({ id, exempt }) => exempt && id !== work.purpose) : [];
}

/** Why the person is asked what a request is for. */
export function purposeText({ ref, reply }: Question, { t }: Reader): string {
  const range = costRange(parseAmount(reply.cost.likely), parseAmount(reply.cost.high));
  return t("This request to {0} will likely cost {1}", ref.model, range);
}

function isLimited({ reasons }: OpenReply): boolean {
  return reasons.some(({ code }) => code === "spent" || code === "doesNotFit");
}

function insteadText({ name, cost, verdict, saving }: Alternative, { t }: Reader): string {
  if (verdict.plan) return t("Use {0} instead: {1}.", name, say(t, planText(verdict.plan)));
  const most = below(cost.high);
  if (saving <= 0n) return t("Use {0} instead, likely for less than {1}.", name, most);
  return t("Use {0} instead, likely for less than {1}; it saves about {2}.", name, most, below(saving));
}

/** `12 times less on X`; nothing where the difference is small. */
export function lessText({ name, times }: Pick<Alternative, "name" | "times">, { t }: Reader): string {
  if (times === Number.POSITIVE_INFINITY) return t("nothing on {0}", name);
  if (times < WORTH_SAYING) return "";
  const shown = times < 10 ? times.toFixed(1).replace(/\.0$/, "") : String(Math.round(times));
  return t("{0} times less on {1}", shown, name);
}

/** A cheaper model that costs nearly the same is no news. */
const WORTH_SAYING = 1.5;

/** The same as a sentence. */
function lessLine(alternative: Alternative, reader: Reader): string {
  const text = lessText(alternative, reader);
  return text && reader.t("It would cost {0}.", text);
}

/** What the team would rather see used, in its own words. */
export function preferredText({ model, reason }: NonNullable<OpenReply["preferred"]>, { t }: Reader): string {
  return sentence(t("Your team would rather see {0} used: {1}", model, reason));
}

/** Ends with a full stop, unless the text (a reason in a lead's words) has its own end. */
export function sentence(text: string): string {
  return /[.!?…。！？]$/.test(text) ? text : `${text}.`;
}

/** `$0.02–$0.30`, or one amount where both ends read the same. */
export function costRange(likely: Nano, high: Nano): string {
  const [from, to] = [showAmount(likely, "usd"), showAmount(high, "usd")];
  return from === to ? from : `${from}–${to}`;
}

/** `around $0.02`, or `below $0.01`. */
export function aroundUsd(nano: Nano, { t }: Reader): string {
  const shown = showAmount(nano, "usd");
  return shown.startsWith("<") ? t("below {0}", shown.slice(1)) : t("around {0}", shown);
}

function startLine(cost: Cost, reader: Reader): string {
  return reader.t(
    "The prompt alone costs {0}; nine of ten such requests stay below {1}.",
    aroundUsd(parseAmount(cost.start), reader),
    below(parseAmount(cost.high)),
  );
}

/** An amount behind a word that says "less" already. */
function below(nano: Nano): string {
  return showAmount(nano, "usd").replace(/^</, "");
}

function leftLineOf({ ref, work, estimate, reply }: Question, state: State | undefined, reader: Reader): string {
  if (!state) return "";
  const { input, output } = estimate;
  const tokens = weightedTokens({ input: input.high, output: output.high }, state.policy.policy);
  return leftLine({ ref, work, usd: parseAmount(reply.cost.high), tokens }, state, reader);
}

/** What a request may take, by unit. */
interface Need extends Record<"usd" | "tokens", bigint> {
  ref: ModelRef;
  work?: Question["work"];
}

/** The allowance of which it may take the largest share of what is left; empty where none applies. */
export function leftLine(need: Need, state: State, reader: Reader): string {
  const [tightest] = applicable(state.allowances, need.ref, need.work)
    .map((allowance) => ({ allowance, share: shareOf(need[allowance.unit], figuresOf(allowance).remaining) }))
    .sort((a, b) => b.share - a.share);
  if (!tightest) return "";
  const text = allowanceText(tightest.allowance, reader);
  const share = percent(tightest.share);
  return reader.t("{0}: {1}, {2}. This request may take {3} of what is left.", text.name, text.left, text.reset, share);
}

function byRemaining(a: Parameters<typeof figuresOf>[0], b: Parameters<typeof figuresOf>[0]): number {
  return figuresOf(b).share - figuresOf(a).share;
}

/** The same for the chat, which shows Markdown. */
export function inMarkdown({ message, detail }: DialogText): string {
  return `${message}\n\n${detail.replace(/\n• /, "\n\n• ").replaceAll("\n• ", "\n- ")}`;
}

const bullets = (items: (string | false | undefined)[]) => items.filter(Boolean).map((item) => `• ${item}`);
/** Joins lines; a blank one only between others. */
export const lines = (...parts: string[]) => parts.join("\n").trim();
