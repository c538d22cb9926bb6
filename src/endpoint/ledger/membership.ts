import type { AuditRecord, Person } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { appendAudit } from "./audit.ts";
import { hashToken, newId, newToken } from "./people.ts";

/** Who is in a team, in what role and with which tokens. Every change is in the team's audit, in the transaction that makes it. */

/** Adds a person; undefined where the e-mail address is taken in the team. */
export async function addMember(
  sql: Sql,
  team: string,
  { name, email, role }: { name: string; email: string; role: Person["role"] },
  now: Date,
): Promise<Person | undefined> {
  const id = newId("p");
  const rows = await sql.query(
    "insert into person (id, team, name, email, role, created_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id",
    [id, team, name, email, role, now],
  );
  if (rows.length === 0) return undefined;
  await note(sql, team, "person.add", id, { name, email, role }, now);
  return { id, name, email, role };
}

/** Gives a person a role. Their next message is answered by it. Answers whether it is another one. */
export async function setRole(
  sql: Sql,
  { id, team }: { id: string; team: string },
  role: Person["role"],
  now: Date,
): Promise<boolean> {
  const [was] = await sql.query<{ role: Person["role"] }>("select role from person where id = $1 for update", [id]);
  if (!was || was.role === role) return false;
  await sql.query("update person set role = $2 where id = $1", [id, role]);
  await note(sql, team, "person.role", id, { from: was.role, to: role }, now);
  return true;
}

/** A new token, of which only the hash is stored. */
export async function addToken(
  sql: Sql,
  { id: person, team }: { id: string; team: string },
  now: Date,
): Promise<{ id: string; token: string }> {
  const id = newId("k");
  const token = newToken();
  await sql.query("insert into token (id, hash, person, created_at) values ($1, $2, $3, $4)", [
    ...[id, hashToken(token), person],
    now,
  ]);
  await note(sql, team, "token.create", id, { person }, now);
  return { id, token };
}

/** Revokes a token by its id, or all of a person's by their e-mail address. Returns how many. */
export async function revokeTokens(sql: Sql, which: string, now: Date): Promise<number> {
  const revoked = await sql.query<{ id: string; person: string; team: string }>(
    `update token set revoked_at = $2 from person where person.id = person and revoked_at is null
       and (token.id = $1 or lower(email) = lower($1)) returning token.id, person, team`,
    [which, now],
  );
  for (const { id, person, team } of revoked) await note(sql, team, "token.revoke", id, { person }, now);
  return revoked.length;
}

/** By who runs the endpoint, for these are done on its command line. */
function note(
  sql: Sql,
  team: string,
  action: AuditRecord["action"],
  subject: string,
  details: Record<string, string>,
  now: Date,
): Promise<void> {
  return appendAudit(sql, team, { actor: null, action, subject, details: { ...details, by: "command line" } }, now);
}
