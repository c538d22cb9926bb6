import { UNKEEPABLE } from "../../budget/fields.ts";
import { pointerOf } from "../../budget/policyEdit/json.ts";
import { ProblemError } from "./problem.ts";

/** Deeper than any body is. */
const DEEPEST = 30;

/** @throws ProblemError 422 naming the first text, or name of a field, in what came that cannot be kept */
export function checkTexts(value: unknown, path: readonly string[] = []): void {
  if (typeof value === "string" && UNKEEPABLE.test(value)) throw invalid(path, "has characters that cannot be kept");
  if (typeof value !== "object" || value === null) return;
  if (path.length === DEEPEST) throw invalid(path, "is nested too deeply");
  for (const [name, part] of Object.entries(value)) {
    checkTexts(name, path);
    checkTexts(part, [...path, name]);
  }
}

function invalid(path: readonly string[], detail: string): ProblemError {
  return new ProblemError(422, "One field is not valid; see faults.", { faults: [{ pointer: pointerOf(path), detail }] });
}
