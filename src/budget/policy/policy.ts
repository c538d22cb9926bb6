import * as z from "zod/mini";
import { DecimalSchema, field, ModelPattern } from "../fields.ts";
import { MOST_PLANS, PlanSchema } from "../plan/plan.ts";
import { AllowanceRuleSchema } from "./allowanceRule.ts";
import { exemptPurposes, idsAreUnique, PurposesSchema } from "./purposes.ts";
import { QuietHoursSchema } from "./quietHours.ts";
import { TeamSettingsSchema } from "./teamSettings.ts";
import { DeniedModelSchema, Share, ThresholdsSchema } from "./thresholds.ts";
import { VISIBILITIES } from "./visibility.ts";

/**
 * The team's rules. The one definition: its TypeScript type, its validation and its defaults come from this schema;
 * `PolicySchema.parse({})` is the policy of somebody who has none.
 */

/** Price of a model by contract, or of one that the team runs itself (0 where a request more costs nothing). */
export const ContractPriceSchema = z.strictObject({
  model: field("The models that it is for, e.g. `claude-opus-*` or `ollama/*`.", ModelPattern),
  input: field("USD per million tokens of input.", DecimalSchema),
  output: field("USD per million tokens of output.", DecimalSchema),
  cacheRead: field("USD per million tokens read from the cache; absent: as `input`.", z.optional(DecimalSchema)),
  cacheWrite: field("USD per million tokens written to the cache; absent: as `input`.", z.optional(DecimalSchema)),
  cacheWrite1h: field(
    "USD per million tokens kept in the cache for an hour; absent: as `cacheWrite`.",
    z.optional(DecimalSchema),
  ),
  calls: field(
    "USD per 1,000 calls of a server-side tool, e.g. `webSearch`.",
    z.optional(z.record(z.string().check(z.maxLength(40)), DecimalSchema)),
  ),
});

const PreferredModelSchema = z.strictObject({
  model: field("The model, as people name it, e.g. `claude-haiku-4-5`.", z.string().check(z.minLength(1), z.maxLength(120))),
  for: field("Instead of these; absent: of all others.", z.optional(ModelPattern)),
  reason: field("Why, in the team's words.", z.string().check(z.minLength(1), z.maxLength(200))),
});

const ModelRulesSchema = z.strictObject({
  allowed: field("Patterns of the models that may be used.", z._default(z.array(ModelPattern), ["*"])),
  denied: field(
    "Models that may not be used, whatever `allowed` says; the reason is told to who asks for one.",
    z._default(z.array(DeniedModelSchema), []),
  ),
  compared: field(
    "The models that previews compare and refusals suggest; empty: a fitting choice from the price list.",
    z._default(z.array(z.string()), []),
  ),
  preferred: field(
    "What the team would rather see used, and why: said beside requests to other models, and offered first where one is asked about.",
    z._default(z.array(PreferredModelSchema).check(z.maxLength(20)), []),
  ),
});

const TokenWeightsSchema = z.strictObject({
  input: field("Of what is sent.", z._default(Share, 1)),
  cacheRead: field("Of what is read from the provider's cache.", z._default(Share, 0.1)),
  cacheWrite: field("Of what is written to it.", z._default(Share, 1)),
  output: field("Of the answer, reasoning included.", z._default(Share, 1)),
});

/** Who decides when somebody asks for more than their allowance. */
const GrantRulesSchema = z.strictObject({
  autoApproveUpTo: field(
    "Small raises that nobody needs to decide; absent: a lead decides every one. Raises of `tokens` allowances are always for a lead.",
    z.optional(
      z.strictObject({
        each: field("One raise of at most this (USD).", DecimalSchema),
        period: field("All such raises of one person's allowance in one period together (USD).", DecimalSchema),
      }),
    ),
  ),
  breakGlass: field(
    "Send anyway: a raise that people take themselves, with a reason that is recorded and told to leads at once; absent: nobody may.",
    z.optional(
      z.strictObject({
        period: field("All that one person may so take of one allowance in a period (USD).", DecimalSchema),
      }),
    ),
  ),
});

/** What of a request's work leaves the machine. */
const ShareSchema = z.strictObject({
  project: field("The repository's `owner/name`, else the workspace folder's name.", z._default(z.boolean(), false)),
  branch: field("The branch that is checked out.", z._default(z.boolean(), false)),
  issue: field("The issue's key in the branch's name, e.g. `ABC-123`.", z._default(z.boolean(), false)),
});

/** What machines are handed out beforehand: more saves round trips and lasts longer offline, less leaves more to the others. */
const AdvancesSchema = z.strictObject({
  share: field("A machine may keep so much (0 to 1) of an equal share of what nobody uses.", z._default(Share, 0.5)),
  most: field("And at most this (USD); below ten cents every request asks the endpoint first.", z.optional(DecimalSchema)),
  minutes: field(
    "So long a machine may go on spending it when the endpoint cannot be reached. Money that was taken along lasts as long as was asked for.",
    z._default(z.int().check(z.minimum(1), z.maximum(60)), 10),
  ),
});

const UpToSchema = z.strictObject({
  upTo: field("Dollars that a machine may go beyond its advances.", DecimalSchema),
  beyond: field("What happens to requests beyond that.", z._default(z.enum(["confirm", "block"]), "block")),
});

/** What holds for assistants that send for themselves, such as the editor's own. All other rules count for a whole turn of theirs. */
const AssistantRulesSchema = z.strictObject({
  hookFailure: field(
    "What happens to a turn when its hook cannot reach Token Budget on this machine.",
    z._default(z.enum(["allow", "block"]), "allow"),
  ),
  unattended: field(
    "What happens to a turn that must be asked about while no window is open to ask in.",
    z._default(z.enum(["allow", "block"]), "block"),
  ),
  subagents: field(
    "Sub-agents that one turn may start before the person is asked.",
    z._default(z.int().check(z.minimum(0), z.maximum(1000)), 8),
  ),
  coldSession: field(
    "Ask before a session is taken up again that the provider's cache has forgotten, where reading it again costs more than this (USD).",
    z._default(DecimalSchema, "0.25"),
  ),
});

const FieldsSchema = z.strictObject({
  timeZone: field(
    "IANA time zone in which days, weeks and months begin, e.g. `Europe/Copenhagen`.",
    z._default(z.string().check(z.refine(isTimeZone, "not an IANA time zone")), "UTC"),
  ),
  visibility: field(
    "What leads see of single people's use: names (`person`); pseudonyms (`pseudonym`), another for everybody each month; or sums over at " +
      "least five people in whole weeks (`aggregate`). It decides what the endpoint answers, not only what views show. Everybody is told " +
      "when it changes, and sees what it means for them with Show What the Team Sees of Me.",
    z._default(z.enum(VISIBILITIES), "person"),
  ),
  message: field("A word to the team, shown once. Plain text.", z.optional(z.string().check(z.maxLength(500)))),
  allowances: field(
    "What each developer, or the team, may use in a day, week or month. A request must pass all that apply to it.",
    z._default(
      z.array(AllowanceRuleSchema).check(z.maxLength(20), z.refine(idsAreUnique, "two allowances have the same id")),
      [],
    ),
  ),
  softLimit: field("Share of a limit (0 to 1) from which meters warn.", z._default(Share, 0.8)),
  warn: field("Mark a request that may cost much, and let it go.", z._default(ThresholdsSchema, {})),
  confirm: field(
    "Ask the person before a request that may cost much. `{}` asks nobody.",
    z._default(ThresholdsSchema, { cost: "0.50", shareOfRemaining: 0.25 }),
  ),
  block: field("Refuse a request that may cost too much.", z._default(ThresholdsSchema, {})),
  purposes: field(
    "What requests are for: asked for where they are expensive, and a way for critical work to go first.",
    z._default(PurposesSchema, { list: [] }),
  ),
  quietHours: field(
    "Hours in which requests are asked about, or refused.",
    z._default(z.array(QuietHoursSchema).check(z.maxLength(10)), []),
  ),
  grants: field(
    "People may ask for more: a raise of one allowance until an instant, at the latest the end of its period.",
    z._default(GrantRulesSchema, {}),
  ),
  models: field(
    "Which models may be used, and which are compared.",
    z._default(ModelRulesSchema, { allowed: ["*"], denied: [], compared: [], preferred: [] }),
  ),
  hold: field(
    "What a request sets aside before it is sent: its likely cost, the cost that nine of ten such requests stay below, or the worst case " +
      "(only this promises that nothing is overdrawn).",
    z._default(z.enum(["likely", "p90", "worst"]), "p90"),
  ),
  unknownPrice: field(
    "A model without a known price is never free: ask, refuse, or take it to cost as much as another model.",
    z._default(
      z.union([
        z.enum(["confirm", "block"]),
        z.strictObject({ assume: field("The model whose price is taken.", z.string().check(z.minLength(1), z.maxLength(120))) }),
      ]),
      "confirm",
    ),
  ),
  prices: field(
    "Prices by contract, and of models that the team runs itself; the last that matches a model counts.",
    z._default(z.array(ContractPriceSchema).check(z.maxLength(500)), []),
  ),
  plans: field(
    "Flat-rate plans that the team has: requests to their models cost nothing more.",
    z._default(z.array(PlanSchema).check(z.maxLength(MOST_PLANS)), []),
  ),
  tokenWeights: field(
    "How much one token of a class counts in a `tokens` allowance (0 to 1).",
    z._default(TokenWeightsSchema, { input: 1, cacheRead: 0.1, cacheWrite: 1, output: 1 }),
  ),
  settings: field(
    "Settings of Token Budget that the team sets for everybody: the team's value wins over a person's own, and their meter says so.",
    z._default(TeamSettingsSchema, {}),
  ),
  share: field(
    "What each request's entry says of the work it was for, besides model, tokens and cost. Nothing unless the team wants it; everybody sees " +
      "in their last uploads what left.",
    z._default(ShareSchema, { project: false, branch: false, issue: false }),
  ),
  assistants: field(
    "Assistants that send for themselves, such as Copilot Chat.",
    z._default(AssistantRulesSchema, { hookFailure: "allow", unattended: "block", subagents: 8, coldSession: "0.25" }),
  ),
  advances: field(
    "How much money machines have beforehand, so that most requests ask nobody.",
    z._default(AdvancesSchema, { share: 0.5, minutes: 10 }),
  ),
  offline: field(
    "What happens to a request that the machine's advance does not cover while the endpoint cannot be reached: ask, refuse, let it go, or " +
      "let such requests go up to an amount.",
    z._default(z.union([z.enum(["confirm", "block", "allow"]), UpToSchema]), "confirm"),
  ),
});

/** With what no field can say by itself. */
export const PolicySchema = FieldsSchema.check(
  z.refine(({ purposes, allowances }) => allowances.every((rule) => isKnown(rule.purposes ?? [], purposes.list)), {
    error: "an allowance names a purpose that is not in the list",
    path: ["allowances"],
  }),
  z.refine(({ purposes, allowances }) => isNamed(exemptPurposes(purposes), allowances), {
    error: "an exempt purpose needs an allowance of its own, which names it in its `purposes`",
    path: ["purposes", "list"],
  }),
);
export type Policy = z.infer<typeof PolicySchema>;

function isKnown(ids: readonly string[], list: readonly { id: string }[]): boolean {
  return ids.every((id) => list.some((purpose) => purpose.id === id));
}

function isNamed(ids: readonly string[], allowances: readonly { purposes?: string[] | undefined }[]): boolean {
  return ids.every((id) => allowances.some(({ purposes }) => purposes?.includes(id)));
}

/** The policy where no team has set one. */
export const DEFAULT_POLICY: Policy = PolicySchema.parse({});

/** The schema for editors: fields with their words, defaults and bounds (JSON Schema 2020-12). */
export function policyJsonSchema(): object {
  return { ...z.toJSONSchema(PolicySchema, { io: "input" }), title: "Token Budget: a team's policy" };
}

/** Whether it names a time zone that this runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
