import { percent } from "../../budget/share.ts";
import type { Coverage } from "../../protocol/daemon.ts";

const LEVELS: Record<Coverage["level"], string> = {
  guarded: "asked before it is sent",
  observed: "counted afterwards",
  unseen: "not seen",
};

/** How the requests of a source are accounted for, and what part of the spend of lately they are, in columns. */
export function coverageText({ source, level, share }: Coverage): string[] {
  return [source, LEVELS[level], share === undefined ? "" : `${percent(share)} of what was spent lately`];
}
