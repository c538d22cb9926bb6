import * as z from "zod/mini";
import { DecimalSchema, field, ModelPattern } from "../fields.ts";
import { PurposeId } from "./purposes.ts";

/** One allowance: what each developer, or the whole team, may use in a period. */
export const AllowanceRuleSchema = z.strictObject({
  id: field(
    "Names the allowance for good: small letters, digits and dashes. What was spent goes on counting as long as the id stays.",
    z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,40}$/)),
  ),
  name: field("What people read in their meters, e.g. `Your month`.", z.string().check(z.minLength(1), z.maxLength(60))),
  per: field(
    "One for each developer, or one that the whole team shares.",
    z._default(z.enum(["developer", "team"]), "developer"),
  ),
  unit: field("Dollars, or tokens by their weights (`tokenWeights`).", z._default(z.enum(["usd", "tokens"]), "usd")),
  period: field(
    "When spend returns to 0: at midnight, on Mondays or on the first of the month, in the team's time zone.",
    z._default(z.enum(["day", "week", "month"]), "month"),
  ),
  limit: field('What may be used in a period, as a decimal string, e.g. `"50"`.', DecimalSchema),
  limitFor: field(
    "Other limits for single people, by their e-mail address or id.",
    z.optional(z.record(z.string(), DecimalSchema)),
  ),
  limitForRole: field(
    "Other limits by role. A person's own (`limitFor`) goes before that of their role.",
    z.optional(
      z.strictObject({
        lead: field("Of each lead.", z.optional(DecimalSchema)),
        developer: field("Of each developer.", z.optional(DecimalSchema)),
      }),
    ),
  ),
  overdraft: field(
    "So much may be used beyond the limit, after a question: it comes out of the next period.",
    z.optional(DecimalSchema),
  ),
  models: field(
    "Only requests to these models draw on it, e.g. `claude-opus-*` or `openai/*`; absent: all.",
    z.optional(z.array(ModelPattern)),
  ),
  projects: field(
    "Only requests for these projects draw on it (`*` stands for any run of characters); absent: all.",
    z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(120)))),
  ),
  purposes: field(
    "Only requests with these purposes (their ids) draw on it; absent: all but those that are exempt.",
    z.optional(z.array(PurposeId)),
  ),
});
export type AllowanceRule = z.infer<typeof AllowanceRuleSchema>;
