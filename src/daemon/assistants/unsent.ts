import type { RequestEstimate } from "../../budget/estimate/estimate.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { type Decimal, parseAmount } from "../../budget/money.ts";
import type { Reason } from "../../budget/verdict/reason.ts";
import type { BlockedPrompt, HookAnswer } from "../../protocol/assistants.ts";
import type { GuardView } from "../guard/judging.ts";
import { answer } from "../hookFailure.ts";
import { cheaperModels, mayAskForMore, type Said } from "./question.ts";
import { DECLINED, notSent, waysOut } from "./turnWords.ts";

/** A prompt that is not sent. */
export interface Unsent {
  ref: ModelRef;
  estimate: RequestEstimate;
  /** What its turn might have cost (USD). */
  high: Decimal;
  reasons: readonly Reason[];
  view: GuardView;
}

/** What comes of it: what its hook says, and what its person is told besides, where they have not chosen it themselves. */
export interface Refused {
  answer: HookAnswer;
  told?: BlockedPrompt;
}

/** The rules do not let it go. */
export function refused(unsent: Unsent): Refused {
  const hard = unsent.reasons.filter(({ effect }) => effect === "block");
  const told = tellingOf({ ...unsent, reasons: hard.length > 0 ? hard : unsent.reasons });
  return { answer: block(notSent(told.reasons as Reason[], waysOut(told.cheaper[0]?.name, told.mayAskForMore))), told };
}

/** The person did not say yes. */
export function declined({ choice }: Said, unsent: Unsent): Refused {
  const text = DECLINED[choice as keyof typeof DECLINED] ?? DECLINED.stop;
  const first: Reason = { code: "aboveConfirm", effect: "confirm", text };
  if (choice === "stop" || choice === "freshSession") return { answer: block(notSent([first], [])) };
  const told = tellingOf({ ...unsent, reasons: [first, ...unsent.reasons] });
  if (choice === "late") return { answer: block(notSent(told.reasons as Reason[], [])), told };
  return { answer: block(notSent(told.reasons as Reason[], waysOut(undefined, told.mayAskForMore))) };
}

function tellingOf({ ref, estimate, high, reasons, view }: Unsent): BlockedPrompt {
  const cheaper = cheaperModels(ref, estimate, parseAmount(high), view);
  return {
    kind: "prompt",
    assistant: "copilot",
    ref,
    reasons: [...reasons],
    high,
    cheaper,
    mayAskForMore: mayAskForMore(ref, view),
  };
}

function block(reason: string): HookAnswer {
  return answer({ decision: "block", reason });
}
