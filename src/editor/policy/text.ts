import type { Message } from "../../budget/message.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import { changesOf } from "../../budget/policyEdit/changes.ts";
import type { Json } from "../../budget/policyEdit/json.ts";
import type { Conflict } from "../../budget/policyEdit/merge.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import { type Reader, say } from "../words.ts";

/** Sentences after one another. */
export function sentences(messages: readonly Message[], { t }: Reader): string {
  return messages.map((message) => `${say(t, message)}.`).join(" ");
}

/** What a version changes, for a list: the note of who pushed it, else what it says by itself. */
export function changesText(before: Policy | undefined, { policy }: PolicyVersion, reader: Reader): string {
  return before ? sentences(changesOf(before, policy), reader) : "";
}

/** Fields that two leads have changed: `/allowances/day/limit: yours "6", theirs "7"`. */
export function conflictsText(conflicts: readonly Conflict[], { t }: Reader): string {
  const shown = conflicts
    .slice(0, MOST_SHOWN)
    .map(({ pointer, mine, theirs }) => t("{0}: yours {1}, theirs {2}", pointer, valueText(mine, t), valueText(theirs, t)));
  const more = conflicts.length - shown.length;
  return [...shown, ...(more > 0 ? [t("and {0} more", more)] : [])].join("; ");
}
const MOST_SHOWN = 3;

function valueText(value: Json | undefined, t: Reader["t"]): string {
  if (value === undefined) return t("taken away");
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
