import type { Policy } from "../../budget/policy.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { slotOf } from "./allowances.ts";
import { appendAudit } from "./audit.ts";
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
  await setLimits(sql, team.id, push.policy, now);
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

/** A period that is over keeps the limit, and the end, that it had at last; so does one whose rule is gone. */
async function setLimits(sql: Sql, team: string, policy: Policy, now: number): Promise<void> {
  const rows = await sql.query<{ key: string; rule: string; subject: string; email: string | null }>(
    `select key, rule, subject, email from allowance left join person on person.id = subject
     where allowance.team = $1 and period_end > $2`,
    [team, new Date(now)],
  );
  const rules = new Map(policy.allowances.map((rule) => [rule.id, rule]));
  const slots = rows.flatMap(({ key, rule: id, subject, email }) => {
    const rule = rules.get(id);
    const slot = rule && slotOf(rule, policy.timeZone, { id: subject, ...(email !== null && { email }) }, now);
    return slot?.key === key ? [slot] : [];
  });
  await sql.query(
    `update allowance set "limit" = r.lim, period_start = r.period_start, period_end = r.period_end
     from unnest($1::text[], $2::numeric[], $3::timestamptz[], $4::timestamptz[]) as r(key, lim, period_start, period_end)
     where allowance.key = r.key
       and (allowance."limit", allowance.period_start, allowance.period_end) <> (r.lim, r.period_start, r.period_end)`,
    [
      slots.map(({ key }) => key),
      slots.map(({ limit }) => limit.toString()),
      slots.map(({ period }) => period.start),
      slots.map(({ period }) => period.resetsAt),
    ],
  );
}
