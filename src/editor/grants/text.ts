import { type Decimal, isDecimal, ONE, parseAmount, showAmount } from "../../budget/money.ts";
import type { Grant } from "../../protocol/endpoint.ts";
import { instant } from "../meter/time.ts";
import type { Reader } from "../words.ts";

/** `$5.00`, `20K tokens`. */
export function amountText({ amount, allowance }: Pick<Grant, "amount" | "allowance">, { t }: Reader): string {
  const shown = showAmount(parseAmount(amount), allowance.unit);
  return allowance.unit === "tokens" ? t("{0} tokens", shown) : shown;
}

/** What a lead is asked. */
export function requestText(grant: Grant, reader: Reader): string {
  const { person, allowance, until, reason } = grant;
  const end = instant(Date.parse(until), reader);
  return reader.t(
    "{0} asks for {1} more of {2}, until {3}: “{4}”",
    person.name,
    amountText(grant, reader),
    allowance.name,
    end,
    reason,
  );
}

/** What leads are told of what somebody took without asking. */
export function takenText(grant: Grant, reader: Reader): string {
  const { person, allowance, reason } = grant;
  return reader.t(
    "{0} took {1} more of {2} without asking: “{3}”",
    person.name,
    amountText(grant, reader),
    allowance.name,
    reason,
  );
}

/** What became of somebody's own request; undefined while nothing did. */
export function outcomeText(grant: Grant, reader: Reader): string | undefined {
  const { allowance, until, state, decidedBy } = grant;
  const amount = amountText(grant, reader);
  const end = instant(Date.parse(until), reader);
  if (grant.breakGlass) return reader.t("You took {0} more of {1} yourself, until {2}.", amount, allowance.name, end);
  if (state === "approved" && decidedBy === undefined)
    return reader.t("Your team's policy gives you {0} more of {1} at once, until {2}.", amount, allowance.name, end);
  if (state === "approved") return reader.t("{0} gives you {1} more of {2}, until {3}.", decidedBy!, amount, allowance.name, end);
  if (state === "denied") return reader.t("{0} does not give you {1} more of {2}.", decidedBy ?? "", amount, allowance.name);
  return undefined;
}

/** A state as a word. */
export function stateText({ state, decidedBy, breakGlass }: Grant, { t }: Reader): string {
  if (breakGlass && state === "approved") return t("taken without asking");
  switch (state) {
    case "requested":
      return t("waits for a lead");
    case "approved":
      return decidedBy === undefined ? t("approved by the policy") : t("approved by {0}", decidedBy);
    case "denied":
      return t("denied by {0}", decidedBy ?? "");
    case "cancelled":
      return t("taken back");
    case "expired":
      return t("over");
  }
}

/** Reads an amount as people type it (`5`, `$5.50`); undefined when it is none, or nothing. */
export function readAmount(text: string): Decimal | undefined {
  const plain = text.trim().replace(/^\$\s*/, "");
  return isDecimal(plain) && parseAmount(plain) > 0n ? plain : undefined;
}

/** Whole dollars that cover a cost (USD). */
export function wholeDollars(cost: Decimal): Decimal {
  return String((parseAmount(cost) + ONE - 1n) / ONE);
}
