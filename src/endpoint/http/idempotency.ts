import { createHash } from "node:crypto";
import type { Sql, Store } from "../store/store.ts";
import { ProblemError } from "./problem.ts";

const KEPT_FOR = 24 * 3_600_000;

export interface Call {
  principal: string;
  route: string;
  /** The `Idempotency-Key` header, if any. */
  key: string | undefined;
  body: unknown;
}

export interface Answer {
  status: number;
  body: unknown;
}

/**
 * Does a call once per key: a repetition gets the stored answer (only success is stored).
 * @throws ProblemError 409 while the first is under way, 422 when the key came with another body
 */
export async function once(store: Store, call: Call, now: number, work: (sql: Sql) => Promise<Answer>): Promise<Answer> {
  const { principal, route, key, body } = call;
  if (key === undefined) return store.transaction(work);
  if (key.length > 200) throw new ProblemError(400, "An Idempotency-Key has at most 200 characters.");
  const bodyHash = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return store.transaction(async (sql) => {
    await takeTurn(sql, `${principal} ${route} ${key}`);
    const [stored] = await sql.query<{ body_hash: string; status: number; response: unknown }>(
      "select * from idempotency where principal = $1 and route = $2 and key = $3 and created_at > $4",
      [principal, route, key, new Date(now - KEPT_FOR)],
    );
    if (stored && stored.body_hash !== bodyHash)
      throw new ProblemError(422, "This Idempotency-Key was used with another body. Use a new key.");
    if (stored) return { status: stored.status, body: stored.response };
    const answer = await work(sql);
    await sql.query("delete from idempotency where principal = $1 and created_at <= $2", [principal, new Date(now - KEPT_FOR)]);
    await sql.query(
      "insert into idempotency (principal, route, key, body_hash, status, response, created_at) values ($1, $2, $3, $4, $5, $6::jsonb, $7)",
      [principal, route, key, bodyHash, answer.status, JSON.stringify(answer.body), new Date(now)],
    );
    return answer;
  });
}

async function takeTurn(sql: Sql, name: string): Promise<void> {
  const [turn] = await sql.query<{ mine: boolean }>("select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as mine", [name]);
  if (!turn?.mine)
    throw new ProblemError(409, "The same call is under way. Ask again in a second.", { headers: { "retry-after": "1" } });
}
