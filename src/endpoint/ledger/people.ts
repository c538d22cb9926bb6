import { createHash, randomBytes } from "node:crypto";
import type { Person } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";

/** Who calls, by their token. */
export interface Principal {
  tokenId: string;
  person: Person;
  teamId: string;
  /** The token was revoked: its machine may still report what it spent, and nothing else. */
  reportOnly: boolean;
}

/** Whose a token is, which never changes. */
export interface Caller {
  tokenId: string;
  teamId: string;
}

interface PrincipalRow {
  token_id: string;
  revoked_at: Date | null;
  id: string;
  name: string;
  email: string | null;
  role: Person["role"];
  team: string;
}

/** A new bearer token: 256 random bits behind a prefix by which scanners of secrets know it. */
export function newToken(): string {
  return `tb_${randomBytes(32).toString("base64url")}`;
}

/** What is stored of a token. It has 256 random bits, so a plain hash is enough, and looking it up tells nothing by its timing. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** A short random id, e.g. `p_hX2fK0aVq1c`. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(9).toString("base64url")}`;
}

/** The principal of a token, also of a revoked one; undefined for one that never was. */
export async function findPrincipal(sql: Sql, token: string): Promise<Principal | undefined> {
  const [row] = await sql.query<PrincipalRow>(`${PRINCIPALS} where hash = $1`, [hashToken(token)]);
  return row && principalOf(row);
}

/** Those principals as they are now, by token id. */
export async function principalsNow(sql: Sql, tokenIds: readonly string[]): Promise<Map<string, Principal>> {
  const rows = await sql.query<PrincipalRow>(`${PRINCIPALS} where token.id = any($1::text[])`, [tokenIds]);
  return new Map(rows.map((row) => [row.token_id, principalOf(row)]));
}

const PRINCIPALS = `select token.id as token_id, revoked_at, person.id, person.name, email, role, team
  from token join person on person.id = token.person`;

function principalOf(row: PrincipalRow): Principal {
  return { tokenId: row.token_id, teamId: row.team, reportOnly: row.revoked_at !== null, person: personOf(row) };
}

/** Remembers whose tokens are, so that a machine's every message need not ask. Whether one was revoked must be asked each time. */
export class Callers {
  readonly #known = new Map<string, Caller>();

  /** Undefined for a token that never was. */
  async find(sql: Sql, token: string): Promise<Caller | undefined> {
    const hash = hashToken(token);
    const known = this.#known.get(hash);
    if (known) return known;
    const found = await findPrincipal(sql, token);
    if (!found) return undefined;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const caller = { tokenId: found.tokenId, teamId: found.teamId };
    this.#known.set(hash, caller);
    return caller;
  }
}
const MOST_KNOWN = 100_000;

export function personOf({ id, name, email, role }: Pick<PrincipalRow, "id" | "name" | "email" | "role">): Person {
  return { id, name, ...(email !== null && { email }), role };
}

/** Whether a token is known and not revoked. */
export async function isValidToken(sql: Sql, tokenId: string): Promise<boolean> {
  const rows = await sql.query("select from token where id = $1 and revoked_at is null", [tokenId]);
  return rows.length > 0;
}
