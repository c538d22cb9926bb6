import * as z from "zod/mini";
import { isDecimal } from "./money.ts";

/** Fields that several schemas have. */

/** A non-negative amount as a decimal string. */
export const DecimalSchema = z
  .string()
  .check(z.refine((text) => isDecimal(text) && !text.startsWith("-"), "not a decimal amount"));

/** An amount as a decimal string, which may be negative: what was taken back may come to more than was spent. */
export const AmountSchema = z.string().check(z.refine(isDecimal, "not a decimal amount"));

/** A model or `provider/model`, where `*` stands for any run of characters: `claude-opus-*`, `openai/*`. */
export const ModelPattern = z.string().check(z.minLength(1), z.maxLength(120));

/** A field with words for the person who writes it: editors show them, from the JSON Schema that is made of these schemas. */
export function field<T extends z.ZodMiniType>(description: string, schema: T): T {
  const described = schema.clone(); // the same schema may stand in several fields
  z.globalRegistry.add(described, { description });
  return described;
}

/** What a database keeps in no text: NUL, and halves of characters. */
export const UNKEEPABLE = /[\0\p{Surrogate}]/u;
