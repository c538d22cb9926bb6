import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import { message } from "../../budget/message.ts";
import { formatAmount, type Nano, parseAmount, showAmount } from "../../budget/money.ts";
import { planText } from "../../budget/plan/plan.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import type { Reason } from "../../budget/verdict/reason.ts";
import type { Verdict } from "../../budget/verdict/verdict.ts";
import { shortage } from "../../budget/verdict/verdictRules.ts";
import type { OpenReply } from "../../protocol/daemon.ts";

/** Whoever grants money said no: by which allowance, and what it has left. */
export function refusal(
  { allowance: key, remaining }: { allowance: string; remaining: Nano },
  allowances: readonly MachineAllowance[],
  { hold }: Verdict,
): Reason {
  const allowance = allowances.find((one) => one.key === key) ?? { name: key, unit: "usd" as const };
  return shortage(allowance, remaining, hold[allowance.unit]);
}

/** The endpoint does not know the person any more. */
export function refusedReason(reason: string): Reason {
  const text = message(
    "Your team's endpoint does not let you in: {0} Sign in again, or sign out to work without a budget",
    reason,
  );
  return { code: "offline", effect: "block", text };
}

/**
 * What the team says of a request that the endpoint cannot be asked about; nothing where it may go on. `beyond` is what this machine would
 * have gone beyond its advances with it (nano-USD).
 */
export function offlineReason({ offline }: Policy, beyond: Nano): Reason[] {
  if (offline === "allow") return [];
  if (typeof offline === "object") return beyond <= parseAmount(offline.upTo) ? [] : [beyondReason(offline)];
  const text = message(
    "Your team's endpoint cannot be reached, and the money that this machine has in advance does not cover it",
  );
  return [{ code: "offline", effect: offline, text }];
}

function beyondReason({ upTo, beyond }: Exclude<Policy["offline"], string>): Reason {
  const limit = showAmount(parseAmount(upTo), "usd");
  const text = message(
    "Your team's endpoint cannot be reached, and this goes more than {0} beyond this machine's advance",
    limit,
  );
  return { code: "offline", effect: beyond, text };
}

/** The verdict on a request as it crosses to a client, with nothing held. */
export function toReply(
  id: string,
  { decision, reasons, cost, priceKnown, preferred, plan }: Verdict,
  policyVersion: number,
): OpenReply {
  const { start, likely, high, worst } = cost;
  return {
    id,
    decision,
    reasons,
    cost: { start: formatAmount(start), likely: formatAmount(likely), high: formatAmount(high), worst: formatAmount(worst) },
    priceKnown,
    ...(preferred && { preferred }),
    ...(plan && { plan: planText(plan) }),
    held: { usd: "0", tokens: "0" },
    policyVersion,
  };
}
