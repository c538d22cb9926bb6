import * as z from "zod/mini";

/** A count as providers send it: a whole number, or nothing. */
export const Count = z.nullish(z.int().check(z.minimum(0)));

/** A string, or nothing. */
export const Text = z.nullish(z.string());

/**
 * `data` in the form of `schema`; fields that the schema does not name are left alone.
 * @throws TypeError that says what it is not, and where; never what stood there, which may be a prompt
 */
export function parsed<T>(schema: z.ZodMiniType<T>, data: unknown, what: string): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw new TypeError(`Not ${what}: ${placeOf(result.error.issues[0])}.`);
}

function placeOf(issue: z.core.$ZodIssue | undefined): string {
  const place = issue?.path.join(".") || "the whole of it";
  return issue?.code === "invalid_type" ? `${place} must be ${issue.expected}` : `${place} is not as it must be`;
}

/** The model of a request. @throws TypeError where neither body nor URL names one */
export function modelOf(named: string | null | undefined, hint: { model?: string } | undefined): string {
  const model = named || hint?.model;
  if (!model) throw new TypeError("The request names no model.");
  return model;
}
