import * as z from "zod/mini";
import { DecimalSchema, field } from "../fields.ts";

/** Ids of purposes, as of allowances. */
export const PurposeId = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,40}$/));

const PurposeSchema = z.strictObject({
  id: field("Names the purpose for good, in reports too: small letters, digits and dashes.", PurposeId),
  name: field("What people choose from, e.g. `Incident`.", z.string().check(z.minLength(1), z.maxLength(60))),
  exempt: field(
    "Critical work goes first: such requests draw on none of the usual allowances, only on those that name this purpose. There must be one.",
    z._default(z.boolean(), false),
  ),
  skips: field(
    "Rules that do not hold for it: the thresholds to ask (`confirm`), those to refuse (`block`), the quiet hours.",
    z.optional(z.array(z.enum(["confirm", "block", "quietHours"]))),
  ),
});
export type Purpose = z.infer<typeof PurposeSchema>;

export const PurposesSchema = z.strictObject({
  list: field(
    "What people may say that a request is for.",
    z._default(z.array(PurposeSchema).check(z.maxLength(30), z.refine(idsAreUnique, "two purposes have the same id")), []),
  ),
  requiredAbove: field("Above this cost (USD) a request needs one of them; absent: none ever does.", z.optional(DecimalSchema)),
});
export type Purposes = z.infer<typeof PurposesSchema>;

/** The purpose with an id; undefined for one that the team does not have (any more). */
export function purposeOf({ list }: Purposes, id: string | undefined): Purpose | undefined {
  return list.find((purpose) => purpose.id === id);
}

/** Ids of the purposes that draw on none of the usual allowances. */
export function exemptPurposes({ list }: Purposes): string[] {
  return list.filter(({ exempt }) => exempt).map(({ id }) => id);
}

/** Whether no two of a list have the same id. */
export function idsAreUnique(list: { id: string }[]): boolean {
  return new Set(list.map(({ id }) => id)).size === list.length;
}
