import { figuresOf, type MachineAllowance } from "../../budget/allowance/allowance.ts";
import { type Decimal, formatAmount, type Nano, ONE, parseAmount } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { applicable } from "../../budget/verdict/verdict.ts";
import type { Refused } from "../guard/guard.ts";

const CENT = ONE / 100n;

/** What a person takes of one allowance so that a request goes through (USD). */
export interface Taking {
  allowance: MachineAllowance;
  amount: Decimal;
}

/** What a request lacks in the person's own allowances in dollars, in whole cents. `hold`: what of its cost is set aside. */
export function takingsFor(
  { ref, work, reply }: Refused,
  allowances: readonly MachineAllowance[],
  hold: Policy["hold"],
): Taking[] {
  const need = parseAmount(reply.cost[hold === "p90" ? "high" : hold]);
  return applicable(allowances, ref, work).flatMap((allowance) => {
    const { limit, used } = figuresOf(allowance);
    // An allowance that is beyond its end must come back to it first.
    const short = used + need - limit - parseAmount(allowance.overdraft ?? "0");
    if (allowance.per !== "developer" || allowance.unit !== "usd" || short <= 0n) return [];
    return [{ allowance, amount: formatAmount(wholeCents(short)) }];
  });
}

const wholeCents = (nano: Nano): Nano => ((nano + CENT - 1n) / CENT) * CENT;
