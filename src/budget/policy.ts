import * as z from "zod/mini";
import { DecimalSchema, ModelPattern } from "./fields.ts";
import { MOST_PLANS, PlanSchema } from "./plan.ts";

/**
 * The team's rules. The one definition: its TypeScript type, its validation and its defaults come from this schema;
 * `PolicySchema.parse({})` is the policy of somebody who has none.
 */

const Share = z.number().check(z.minimum(0), z.maximum(1));

/** One allowance: what each developer, or the whole team, may use in a period. */
export const AllowanceRuleSchema = z.strictObject({
  id: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,40}$/)),
  name: z.string().check(z.minLength(1), z.maxLength(60)),
  /** Whose: one for each developer, or one that the team shares. */
  per: z._default(z.enum(["developer", "team"]), "developer"),
  unit: z._default(z.enum(["usd", "tokens"]), "usd"),
  period: z._default(z.enum(["day", "week", "month"]), "month"),
  limit: DecimalSchema,
  /** Other limits for single people, by their e-mail address or id. */
  limitFor: z.optional(z.record(z.string(), DecimalSchema)),
  /** Only requests to these models draw on it; absent: all. */
  models: z.optional(z.array(ModelPattern)),
  /** Only requests for these projects draw on it (`*` stands for any run of characters); absent: all. */
  projects: z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(120)))),
});
export type AllowanceRule = z.infer<typeof AllowanceRuleSchema>;

/**
 * Price of a model by contract, or of one that the team runs itself (0 where a request more costs nothing): USD per million tokens,
 * and per 1,000 calls of a server-side tool, e.g. `webSearch`.
 */
export const ContractPriceSchema = z.strictObject({
  model: ModelPattern,
  input: DecimalSchema,
  output: DecimalSchema,
  cacheRead: z.optional(DecimalSchema),
  cacheWrite: z.optional(DecimalSchema),
  /** Absent: as `cacheWrite`. */
  cacheWrite1h: z.optional(DecimalSchema),
  calls: z.optional(z.record(z.string().check(z.maxLength(40)), DecimalSchema)),
});

export const PolicySchema = z.strictObject({
  /** IANA time zone in which days, weeks and months begin. */
  timeZone: z._default(z.string().check(z.refine(isTimeZone, "not an IANA time zone")), "UTC"),
  /** A word of the lead to the team, shown once. Plain text. */
  message: z.optional(z.string().check(z.maxLength(500))),
  allowances: z._default(
    z.array(AllowanceRuleSchema).check(z.maxLength(20), z.refine(idsAreUnique, "two allowances have the same id")),
    [],
  ),
  /** Share of a limit from which the meter warns. */
  softLimit: z._default(Share, 0.8),
  /** Ask the person before a request whose likely-high cost is above `cost` dollars, or takes more than `shareOfRemaining` of what is left. */
  confirm: z._default(z.strictObject({ cost: z.optional(DecimalSchema), shareOfRemaining: z.optional(Share) }), {
    cost: "0.50",
    shareOfRemaining: 0.25,
  }),
  /** Refuse a request whose likely-high cost is above `cost` dollars. */
  block: z._default(z.strictObject({ cost: z.optional(DecimalSchema) }), {}),
  models: z._default(
    z.strictObject({
      allowed: z._default(z.array(ModelPattern), ["*"]),
      denied: z._default(z.array(z.strictObject({ model: ModelPattern, reason: z.string().check(z.maxLength(200)) })), []),
      /** The models that previews compare and refusals suggest; empty: a fitting choice from the price list. */
      compared: z._default(z.array(z.string()), []),
    }),
    { allowed: ["*"], denied: [], compared: [] },
  ),
  /** What a hold covers: the likely cost, the cost that nine of ten requests stay below, or the worst case (only this promises overshoot 0). */
  hold: z._default(z.enum(["likely", "p90", "worst"]), "p90"),
  /** A model without a known price is never free: ask, refuse, or take it to cost as much as another model. */
  unknownPrice: z._default(
    z.union([z.enum(["confirm", "block"]), z.strictObject({ assume: z.string().check(z.minLength(1), z.maxLength(120)) })]),
    "confirm",
  ),
  prices: z._default(z.array(ContractPriceSchema).check(z.maxLength(500)), []),
  /** Flat-rate plans that the team has: requests to their models cost nothing more. */
  plans: z._default(z.array(PlanSchema).check(z.maxLength(MOST_PLANS)), []),
  /** How much one token of a class counts in a `tokens` allowance. */
  tokenWeights: z._default(
    z.strictObject({
      input: z._default(Share, 1),
      cacheRead: z._default(Share, 0.1),
      cacheWrite: z._default(Share, 1),
      output: z._default(Share, 1),
    }),
    { input: 1, cacheRead: 0.1, cacheWrite: 1, output: 1 },
  ),
  /** What happens to a request that the machine's advance does not cover while the endpoint cannot be reached. */
  offline: z._default(z.enum(["confirm", "block", "allow"]), "confirm"),
});
export type Policy = z.infer<typeof PolicySchema>;

/** The policy where no team has set one. */
export const DEFAULT_POLICY: Policy = PolicySchema.parse({});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function idsAreUnique(rules: { id: string }[]): boolean {
  return new Set(rules.map((rule) => rule.id)).size === rules.length;
}
