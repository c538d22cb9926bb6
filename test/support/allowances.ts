import { type MachineAllowance, ruledBy } from "../../src/budget/allowance/allowance.ts";
import type { Policy } from "../../src/budget/policy/policy.ts";

const PERIOD = { key: "2026-11", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" };

/** A policy's allowances of one period, with so much spent of each (a decimal) and nothing held. */
export function allowancesOf(policy: Policy, spend: string): MachineAllowance[] {
  return policy.allowances.map((rule) => ({
    ...ruledBy(rule, PERIOD, policy),
    ...{ key: rule.id, limit: rule.limit, overdraft: rule.overdraft },
    ...{ spend, softLimit: 0.8, held: "0", ownFree: "0" },
  }));
}
