import * as z from "zod/mini";
import { AllowanceSchema, InstantSchema } from "../budget/allowance/allowance.ts";
import { AmountSchema, DecimalSchema } from "../budget/fields.ts";
import { VISIBILITIES } from "../budget/policy/visibility.ts";
import { TOKEN_CLASSES } from "../wire/usage.ts";

/** What a report tells requests apart by. `source`: which way in they came. `usageSource`: how their usage is known. */
export const REPORT_DIMENSIONS = ["developer", "model", "project", "purpose", "day", "source", "usageSource"] as const;
export type ReportDimension = (typeof REPORT_DIMENSIONS)[number];

const Count = z.int().check(z.minimum(0));
const DaySchema = z.iso.date();
const AskedDay = DaySchema.check(z.refine((day) => day >= "1970" && day < "9999", "before or after there are any"));

/** The longest time that a report is of, in days. */
export const LONGEST_REPORT = 400;

/** `GET /v1/report?from&to&groupBy&whose&format`. Days are of the policy's time zone, and belong to the report; absent: this month's. */
export const ReportQuerySchema = z.strictObject({
  from: z.optional(AskedDay),
  to: z.optional(AskedDay),
  /** Of `REPORT_DIMENSIONS`, separated by commas. */
  groupBy: z.optional(z.string().check(z.maxLength(200))),
  /** `me`: of one's own requests. For who is no lead that is so anyway. */
  whose: z.optional(z.enum(["team", "me"])),
  format: z.optional(z.enum(["json", "csv"])),
});
export type ReportQuery = z.infer<typeof ReportQuerySchema>;

/** A sum over requests. */
export const ReportSumSchema = z.object({
  requests: Count,
  /** USD, as the endpoint prices them. Below 0 where only weeks are shown and one has nothing but prices that were found out to be lower. */
  cost: AmountSchema,
  /** As the policy weights them. */
  tokens: DecimalSchema,
  usage: z.object(
    Object.fromEntries(TOKEN_CLASSES.map((name) => [name, Count])) as Record<(typeof TOKEN_CLASSES)[number], typeof Count>,
  ),
  /** Of them those for which money was set aside before they were sent: guarded, not only counted. Absent as `overshoot`. */
  guarded: z.optional(Count),
  /** USD above what was held. Absent where only sums over several people are shown. */
  overshoot: z.optional(DecimalSchema),
  /** Of them those whose end nobody saw, charged at their estimate. Absent as `overshoot`; `groupBy=usageSource` tells. */
  uncertain: z.optional(z.object({ requests: Count, cost: DecimalSchema })),
});
export type ReportSum = z.infer<typeof ReportSumSchema>;

export const ReportRowSchema = z.extend(ReportSumSchema, {
  /** A value for each dimension: a name or pseudonym, `provider/model`, a day …; empty where it is not known. */
  by: z.record(z.string(), z.string()),
  /** The last day of a row that begins with the day in `by`. */
  through: z.optional(DaySchema),
  /** The row is of all that may not be told apart. */
  isRest: z.optional(z.boolean()),
});
export type ReportRow = z.infer<typeof ReportRowSchema>;

/** Whose requests, and what was spent on them. */
export const ReportSchema = z.object({
  from: DaySchema,
  to: DaySchema,
  timeZone: z.string(),
  whose: z.enum(["team", "me"]),
  /** Of the policy in force; it has no say in one's own requests. */
  visibility: z.enum(VISIBILITIES),
  groupBy: z.array(z.enum(REPORT_DIMENSIONS)),
  /** The most first; in the order of days where they are told apart by day alone. */
  rows: z.array(ReportRowSchema),
  total: ReportSumSchema,
  /** Where only sums are shown: the weeks that they are of, and that there are enough people in. All else is withheld. */
  shown: z.optional(z.array(z.object({ from: DaySchema, to: DaySchema }))),
});
export type Report = z.infer<typeof ReportSchema>;

/** How somebody's days have been, for forecasts. */
const PatternSchema = z.object({ weekdays: z.array(z.number()).check(z.length(7)), daily: z.number(), variation: z.number() });

/** `GET /v1/team`: how everybody stands now; for who is no lead, what leads see of them. */
export const TeamGlanceSchema = z.object({
  now: InstantSchema,
  timeZone: z.string(),
  visibility: z.enum(VISIBILITIES),
  /** How many people are in the team. */
  size: Count,
  /** Empty where only sums are shown. */
  people: z.array(
    z.object({
      /** Or pseudonym. */
      name: z.string(),
      allowances: z.array(AllowanceSchema),
      /** By the allowance's id, where it is known. */
      patterns: z.record(z.string(), PatternSchema),
    }),
  ),
  /** What the whole team shares. */
  shared: z.array(AllowanceSchema),
});
export type TeamGlance = z.infer<typeof TeamGlanceSchema>;

/** `GET /v1/entries`: the newest of one's own entries, as they are stored, newest first. */
export const StoredEntriesSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])));
export type StoredEntries = z.infer<typeof StoredEntriesSchema>;
