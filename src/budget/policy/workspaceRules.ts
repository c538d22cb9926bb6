import * as z from "zod/mini";
import { field } from "../fields.ts";
import { min, parseAmount } from "../money.ts";
import type { Policy } from "./policy.ts";
import { DeniedModelSchema, type Thresholds, ThresholdsSchema } from "./thresholds.ts";

/** What a workspace asks of everybody who works in it, in its `.token-budget.json`. It can only be stricter than the policy. */
export const WorkspaceRulesSchema = z.strictObject({
  warn: field("Mark a request that may cost much, and let it go.", z.optional(ThresholdsSchema)),
  confirm: field("Ask the person before a request that may cost much.", z.optional(ThresholdsSchema)),
  block: field("Refuse a request that may cost too much.", z.optional(ThresholdsSchema)),
  models: field(
    "Which models may not be used here.",
    z.optional(
      z.strictObject({ denied: field("The models, each with the reason.", z.array(DeniedModelSchema).check(z.maxLength(100))) }),
    ),
  ),
});
export type WorkspaceRules = z.infer<typeof WorkspaceRulesSchema>;

/** The schema for editors. */
export function workspaceRulesJsonSchema(): object {
  return { ...z.toJSONSchema(WorkspaceRulesSchema, { io: "input" }), title: "Token Budget: a workspace's rules" };
}

/** The policy as it is in a workspace: every threshold is the lower of the two, every model that one of them denies is denied. */
export function tightened(policy: Policy, { warn = {}, confirm = {}, block = {}, models }: WorkspaceRules): Policy {
  return {
    ...policy,
    warn: lower(policy.warn, warn),
    confirm: lower(policy.confirm, confirm),
    block: lower(policy.block, block),
    models: { ...policy.models, denied: [...policy.models.denied, ...(models?.denied ?? [])] },
  };
}

/** Rules of several folders of one workspace, which all hold. */
export function together(rules: readonly WorkspaceRules[]): WorkspaceRules {
  return rules.reduce(
    (all, one) => ({
      warn: lower(all.warn ?? {}, one.warn ?? {}),
      confirm: lower(all.confirm ?? {}, one.confirm ?? {}),
      block: lower(all.block ?? {}, one.block ?? {}),
      models: { denied: [...(all.models?.denied ?? []), ...(one.models?.denied ?? [])] },
    }),
    {},
  );
}

function lower(a: Thresholds, b: Thresholds): Thresholds {
  const cost = lowerOf(a.cost, b.cost, (x, y) => (min(parseAmount(x), parseAmount(y)) === parseAmount(x) ? x : y));
  const shareOfRemaining = lowerOf(a.shareOfRemaining, b.shareOfRemaining, Math.min);
  const shareOfLimit = lowerOf(a.shareOfLimit, b.shareOfLimit, Math.min);
  return {
    ...(cost !== undefined && { cost }),
    ...(shareOfRemaining !== undefined && { shareOfRemaining }),
    ...(shareOfLimit !== undefined && { shareOfLimit }),
  };
}

function lowerOf<T>(a: T | undefined, b: T | undefined, lowest: (a: T, b: T) => T): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return lowest(a, b);
}
