import * as z from "zod/mini";
import { DecimalSchema, KeepableText } from "../../budget/fields.ts";
import { WORK_FIELDS } from "../../budget/policy/work.ts";
import { WorkspaceRulesSchema } from "../../budget/policy/workspaceRules.ts";
import type { OpenRequest, Settlement } from "../../protocol/daemon.ts";
import { MOST_TOKENS, ORIGINS, UsageSchema, UsageSourceSchema } from "../../protocol/endpoint.ts";
import { WholeInputSchema } from "../../tokens/estimate/calibration.ts";

/** What must be so for a request's entry to be taken later: one that is not would hold up all others. */
const Count = z.number().check(z.minimum(0), z.maximum(MOST_TOKENS));
const OpenRequestSchema = z.looseObject({
  id: z.uuid(),
  origin: z.enum(ORIGINS),
  ref: z.object({ provider: KeepableText().check(z.maxLength(200)), model: KeepableText() }),
  ...WORK_FIELDS,
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
  providerRequestId: z.optional(KeepableText()),
  serviceTier: z.optional(KeepableText()),
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
