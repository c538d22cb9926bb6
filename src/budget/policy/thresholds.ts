import * as z from "zod/mini";
import { DecimalSchema, field, ModelPattern } from "../fields.ts";

/** Fields that a team's policy and a workspace's rules share. */

export const Share = z.number().check(z.minimum(0), z.maximum(1));

/** When a rule fires: any of them is enough. */
export const ThresholdsSchema = z.strictObject({
  cost: field("Above this cost of one request (USD).", z.optional(DecimalSchema)),
  shareOfRemaining: field("Above this share (0 to 1) of what is left of an allowance.", z.optional(Share)),
  shareOfLimit: field("Above this share (0 to 1) of a whole allowance.", z.optional(Share)),
});
export type Thresholds = z.infer<typeof ThresholdsSchema>;

/** Models that may not be used, and why. */
export const DeniedModelSchema = z.strictObject({
  model: field("The models that may not be used, e.g. `o1-pro*`.", ModelPattern),
  reason: field("Why, told to who asks for one.", z.string().check(z.maxLength(200))),
});
