import type { AuditRecord } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";

/** Something that was decided about a team's money. */
export interface Audited {
  /** The id of who did it; null: the policy by itself. */
  actor: string | null;
  action: AuditRecord["action"];
  /** The id of what it was done to. */
  subject: string;
  details: Record<string, string>;
}

const MOST_SHOWN = 200;

/** Writes a line of the team's audit, which is append-only, in the transaction that does what it says. */
export async function appendAudit(sql: Sql, team: string, audited: Audited, at: Date): Promise<void> {
  const { actor, action, subject, details } = audited;
  await sql.query("insert into audit (team, at, actor, action, subject, details) values ($1, $2, $3, $4, $5, $6::jsonb)", [
    team,
    at,
    actor,
    action,
    subject,
    JSON.stringify(details),
  ]);
}

/** The newest lines, newest first. */
export async function auditOf(sql: Sql, team: string): Promise<AuditRecord[]> {
  const rows = await sql.query<Omit<AuditRecord, "at" | "actor"> & { at: Date; actor: string | null }>(
    `select at, person.name as actor, action, subject, details from audit left join person on person.id = actor
     where audit.team = $1 order by audit.id desc limit $2`,
    [team, MOST_SHOWN],
  );
  return rows.map(({ at, actor, ...row }) => ({ at: at.toISOString(), ...(actor !== null && { actor }), ...row }));
}
