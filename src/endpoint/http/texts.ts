import { UNKEEPABLE } from "../../budget/fields.ts";
import { pointerOf } from "../../budget/policyEdit/json.ts";
import { ProblemError } from "./problem.ts";

/** Deeper than any body is. */
const DEEPEST = 30;

interface Fault {
  path: string[];
  detail: string;
}

/** @throws ProblemError 422 naming the first text, or name of a field, in what came that cannot be kept */
export function checkTexts(value: unknown): void {
  const fault = faultIn(value, 0);
  if (!fault) return;
  const faults = [{ pointer: pointerOf(fault.path), detail: fault.detail }];
  throw new ProblemError(422, "One field is not valid; see faults.", { faults });
}

/** The path is put together on the way back, where there is a fault: every message of every machine comes through here. */
function faultIn(value: unknown, depth: number): Fault | undefined {
  if (typeof value === "string" && UNKEEPABLE.test(value)) return { path: [], detail: "has characters that cannot be kept" };
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === DEEPEST) return { path: [], detail: "is nested too deeply" };
  for (const [name, part] of Object.entries(value)) {
    const ofName = faultIn(name, depth);
    if (ofName) return ofName;
    const found = faultIn(part, depth + 1);
    if (found) return { ...found, path: [name, ...found.path] };
  }
  return undefined;
}
