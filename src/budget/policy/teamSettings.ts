import * as z from "zod/mini";
import { field } from "../fields.ts";

/**
 * The settings of Token Budget that a team may set for its people, by their names without `tokenBudget.`: none that names a server or holds
 * money, and none by which somebody hides what they do not want to see.
 */
export const TeamSettingsSchema = z.strictObject({
  "estimate.visible": field("Tokens and price while text is selected or a prompt file is open.", z.optional(z.boolean())),
  "estimate.model": field("The model that estimates are for, e.g. `gpt-5-mini`.", z.optional(z.string().check(z.maxLength(120)))),
  "estimate.files": field(
    "Globs of the prompt files.",
    z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.maxLength(50))),
  ),
  "lens.visible": field("The line above prompt files, and reports of references that are not counted.", z.optional(z.boolean())),
});
export type TeamSettings = z.infer<typeof TeamSettingsSchema>;
