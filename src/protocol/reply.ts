import type { Message } from "../budget/message.ts";
import type { Decimal } from "../budget/money.ts";
import type { ReasonCode } from "../budget/verdict/reason.ts";

/** What a verdict says, as it crosses. */

/** A rule that fired, and what it leads to. */
export interface ReplyReason {
  code: ReasonCode;
  effect: "confirm" | "block";
  text: Message;
}

/** What a request may cost (USD). */
export interface ReplyCost {
  start: Decimal;
  likely: Decimal;
  high: Decimal;
  worst: Decimal;
}
