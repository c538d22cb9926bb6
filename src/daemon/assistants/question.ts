import { randomUUID } from "node:crypto";
import type { RequestEstimate } from "../../budget/estimate/estimate.ts";
import type { Message } from "../../budget/message.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { type Decimal, formatAmount, isDecimal, type Nano, parseAmount } from "../../budget/money.ts";
import { compareModels, USUAL_MODELS } from "../../budget/pricing/compare.ts";
import type { Reason } from "../../budget/verdict/reason.ts";
import { applicable, sameModel } from "../../budget/verdict/verdict.ts";
import { refNamed } from "../../prices/find.ts";
import type { TurnAnswer, TurnQuestion } from "../../protocol/assistants.ts";
import type { OpenReply } from "../../protocol/daemon.ts";
import type { GuardView } from "../guard/judging.ts";
import type { AskWindow } from "../service.ts";

/** What a question is made of. */
export interface Asked {
  session: string;
  kind: TurnQuestion["kind"];
  ref: ModelRef;
  modelKnown: boolean;
  lines: Message[];
  reasons: Reason[];
  cost: OpenReply["cost"];
  plan?: Message | undefined;
  spent?: Nano;
  cheaper: TurnQuestion["cheaper"];
  mayAskForMore: boolean;
}

export function questionOf({ spent, plan, ...asked }: Asked, patience: number): TurnQuestion {
  return {
    ...{ id: randomUUID(), assistant: "copilot" as const, patience, upTo: asked.cost.high, ...asked },
    ...(plan && { plan }),
    ...(spent !== undefined && { spent: formatAmount(spent) }),
  };
}

/** What the person said, checked: what makes no sense is a no. */
export interface Said {
  /** Up to how much the turn may go on (nano-USD); undefined: not at all. */
  upTo: Nano | undefined;
  choice: TurnAnswer["choice"] | "nobody" | "late";
  notBelow: Nano | undefined;
  purpose: string | undefined;
}

/** Asks. `unattended`: what holds where there is nobody to ask. @throws the signal's reason when it aborts */
export async function say(
  ask: AskWindow,
  question: TurnQuestion,
  cwd: string,
  unattended: "allow" | "block",
  signal: AbortSignal,
): Promise<Said> {
  const answer = await ask(question, cwd, signal);
  const high = parseAmount(question.cost.high);
  const nothing = { upTo: undefined, notBelow: undefined, purpose: undefined };
  if (answer === "nobody") return { ...nothing, upTo: unattended === "allow" ? high : undefined, choice: "nobody" };
  if (answer === "late") return { ...nothing, choice: "late" };
  const { choice } = answer;
  const amount = amountOf(answer.amount);
  const upTo = choice === "send" ? high : choice === "sendUpTo" ? amount : undefined;
  const purpose = typeof answer.purpose === "string" ? answer.purpose.slice(0, LONGEST_PURPOSE) : undefined;
  return { upTo, choice: isChoice(choice) ? choice : "stop", notBelow: amountOf(answer.notBelow), purpose };
}

/** As `Work.purpose`. */
const LONGEST_PURPOSE = 41;

function isChoice(choice: unknown): choice is TurnAnswer["choice"] {
  return ["send", "sendUpTo", "stop", "freshSession", "askForMore"].includes(choice as string);
}

function amountOf(amount: Decimal | undefined): Nano | undefined {
  const isAmount = typeof amount === "string" && isDecimal(amount) && !amount.startsWith("-");
  return isAmount ? parseAmount(amount) : undefined;
}

/** The most models that a question suggests. */
const MOST_CHEAPER = 3;

/** The same turn at cheaper models: those that the team compares, or usual ones, where the assistant is likely to have them. */
export function cheaperModels(ref: ModelRef, estimate: RequestEstimate, high: Nano, view: GuardView): TurnQuestion["cheaper"] {
  const { prices, policy, allowances, plans } = view;
  const { compared } = policy.policy.models;
  const refs = (compared.length > 0 ? compared : USUAL_MODELS)
    .map((name) => ({ provider: ref.provider, model: refNamed(name, prices, ref.provider).model }))
    .filter((other) => !sameModel(other, ref));
  const models = compareModels({
    ...{ refs, list: prices, allowances, policy: policy.policy, plans, kind: "copilot", outputs: {}, at: view.now },
    countFor: () => estimate.input,
    ...(estimate.turn && { turn: estimate.turn }),
  });
  return models
    .filter(({ cost, exclusions }) => exclusions.length === 0 && cost.high < high)
    .slice(0, MOST_CHEAPER)
    .map(({ ref: other, name, cost }) => ({
      ...{ ref: other, name },
      ...{ likely: formatAmount(cost.likely), high: formatAmount(cost.high) },
    }));
}

/** Whether a raise by the lead may help: the person has an allowance of their own that the turn draws on. */
export function mayAskForMore(ref: ModelRef, { account, allowances }: GuardView): boolean {
  return account !== "" && applicable(allowances, ref).some(({ per }) => per === "developer");
}
