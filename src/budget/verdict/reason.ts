import type { Message } from "../message.ts";

export type ReasonCode =
  | "modelDenied"
  | "modelNotAllowed"
  | "unknownPrice"
  | "aboveBlock"
  | "quietHours"
  | "spent"
  | "doesNotFit"
  | "overdraft"
  | "purposeNeeded"
  | "aboveConfirm"
  | "shareOfRemaining"
  | "shareOfLimit"
  | "offline"
  | "coldSession"
  | "turnGrown"
  | "subagents";

/** A rule that fired, in words. */
export interface Reason {
  code: ReasonCode;
  effect: "confirm" | "block";
  text: Message;
}

export function block(code: ReasonCode, text: Message): Reason {
  return { code, effect: "block", text };
}

export function confirm(code: ReasonCode, text: Message): Reason {
  return { code, effect: "confirm", text };
}
