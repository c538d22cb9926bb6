import type { Policy } from "../../budget/policy/policy.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { appendAudit } from "./audit.ts";
import { setLimits } from "./limits.ts";
import type { Policies, Team } from "./policies.ts";
import { reprice } from "./repricing.ts";

/** What is pushed, and by whom. */
export interface Push {
  policy: Policy;
  /** The author's name. */
  author: string;
  /** Their id; null: who runs the endpoint. */
  actor: string | null;
  note: string;
}

/**
 * Puts a policy in force in the caller's transaction, which has locked the team for update: its limits apply to the periods that are
 * under way at once, and what it makes known of prices to entries whose price was not.
 */
export async function pushPolicy(sql: Sql, policies: Policies, team: Team, push: Push, now: number): Promise<PolicyVersion> {
  const restored = await versionLike(sql, team, push.policy);
  const pushed = await policies.push(sql, team, push.policy, push.author, push.note, now);
  await setLimits(sql, team.id, pushed, now);
  await reprice(sql, team, policies, pushed, now);
  const { actor, author, note } = push;
  const details = { version: String(pushed.version), note, ...(restored !== undefined && { restores: String(restored) }) };
  await appendAudit(
    sql,
    team.id,
    {
      ...{ actor, subject: String(pushed.version), details: actor === null ? { ...details, by: author } : details },
      action: restored === undefined ? "policy.push" : "policy.rollback",
    },
    new Date(now),
  );
  return pushed;
}

/** The newest version before the one in force with the same document: who pushes it goes back to it. */
async function versionLike(sql: Sql, team: Team, policy: Policy): Promise<number | undefined> {
  const [row] = await sql.query<{ version: number }>(
    "select version from policy where team = $1 and version < $2 and document = $3::jsonb order by version desc limit 1",
    [team.id, team.policyVersion, JSON.stringify(policy)],
  );
  return row?.version;
}
