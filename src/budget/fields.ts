import * as z from "zod/mini";
import { isDecimal } from "./money.ts";

/** Fields that several schemas have. */

/** A non-negative amount as a decimal string. */
export const DecimalSchema = z
  .string()
  .check(z.refine((text) => isDecimal(text) && !text.startsWith("-"), "not a decimal amount"));

/** A model or `provider/model`, where `*` stands for any run of characters: `claude-opus-*`, `openai/*`. */
export const ModelPattern = z.string().check(z.minLength(1), z.maxLength(120));
