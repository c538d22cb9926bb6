import * as z from "zod/mini";
import { DecimalSchema, UNKEEPABLE } from "../../budget/fields.ts";
import { WORK_FIELDS } from "../../budget/policy/work.ts";
import { WorkspaceRulesSchema } from "../../budget/policy/workspaceRules.ts";
import type { OpenRequest, Settlement } from "../../protocol/daemon.ts";
import { MOST_TOKENS, ORIGINS, UsageSchema, UsageSourceSchema } from "../../protocol/endpoint.ts";
import { WholeInputSchema } from "../../tokens/estimate/calibration.ts";

/** What must be so for a request's entry to be taken later: one that is not would hold up all others. */
const Count = z.number().check(z.minimum(0), z.maximum(MOST_TOKENS));
const ALL_UNKEEPABLE = new RegExp(UNKEEPABLE, "gu");
/** With a mark in the place of what cannot be kept: what was cut within a character is no reason to refuse it. */
const Text = () => z.string().check(z.overwrite((text) => text.replace(ALL_UNKEEPABLE, "\uFFFD")));
const WORK = Object.fromEntries(Object.entries(WORK_FIELDS).map(([name, field]) => [name, z.pipe(z.optional(Text()), field)]));
const OpenRequestSchema = z.looseObject({
  id: z.uuid(),
  origin: z.enum(ORIGINS),
  ref: z.object({ provider: Text().check(z.maxLength(200)), model: Text() }),
  ...WORK,
  estimate: z.object({
    input: z.object({ low: Count, likely: Count, high: Count, exact: z.boolean() }),
    output: z.optional(z.object({ likely: Count, high: Count, worst: Count })),
    whole: z.optional(WholeInputSchema),
    turn: z.optional(
      z.object({
        cached: z.object({ likely: Count, least: Count }),
        further: z.object({ likely: Count, high: Count }),
      }),
    ),
  }),
  requestedOutput: z.optional(Count),
  workspaceRules: z.optional(WorkspaceRulesSchema),
  workspace: z.optional(z.string().check(z.maxLength(100))),
  confirmed: z.optional(z.object({ cost: DecimalSchema, reasons: z.array(z.string()) })),
});
const SettlementSchema = z.object({
  id: z.string(),
  usage: UsageSchema,
  usageSource: UsageSourceSchema,
  providerRequestId: z.optional(Text()),
  serviceTier: z.optional(Text()),
});

/** @throws Error naming the first field that makes no sense; never its value */
export function checkedRequest(request: OpenRequest): OpenRequest {
  return checked(OpenRequestSchema, request) as OpenRequest;
}

/** @throws Error naming the first field that makes no sense; never its value */
export function checkedSettlement(settlement: Settlement): Settlement {
  return checked(SettlementSchema, settlement) as Settlement;
}

function checked<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  throw new Error(`${result.error.issues[0]?.path.join(".") || "the request"} makes no sense`);
}
