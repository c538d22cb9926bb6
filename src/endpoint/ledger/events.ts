import * as z from "zod/mini";
import { EventSchemas, type Grant, type Person } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";

/** A numbered event of a team: the same for everybody whom it is for (`isFor`). (Figures and recalls are not numbered: the next message repeats them.) */
export interface TeamEvent {
  seq: number;
  name: "policy" | "prices" | "grant";
  body: unknown;
}

/** Whether a person is told of an event: of a request for more only who asked and the leads. */
export function isFor({ name, body }: TeamEvent, { id, role }: Person): boolean {
  return name !== "grant" || role === "lead" || (body as Grant).person.id === id;
}

/** How many events of a team are kept for those who come back. */
export const KEPT_EVENTS = 200;

/** Appends an event under the team's row lock, so that numbers appear in their order and without gaps. */
export async function appendEvent(sql: Sql, team: string, name: TeamEvent["name"], body: unknown, at: Date): Promise<void> {
  const checked = z.parse(EventSchemas[name], body);
  const [row] = await sql.query<{ event_seq: number }>(
    "update team set event_seq = event_seq + 1 where id = $1 returning event_seq",
    [team],
  );
  const seq = row!.event_seq;
  await sql.query("insert into event (team, seq, name, body, created_at) values ($1, $2, $3, $4::jsonb, $5)", [
    team,
    seq,
    name,
    JSON.stringify(checked),
    at,
  ]);
  await sql.query("delete from event where team = $1 and seq <= $2", [team, seq - KEPT_EVENTS]);
}

/**
 * What somebody missed who has seen all events up to `seen`; undefined when that cannot be told any more, because the events are
 * gone or `seen` is ahead of the team's (an older database came back).
 */
export async function eventsAfter(sql: Sql, team: string, seen: number): Promise<TeamEvent[] | undefined> {
  const newest = await newestEvent(sql, team);
  if (seen > newest) return undefined;
  const events = await sql.query<TeamEvent>("select seq, name, body from event where team = $1 and seq > $2 order by seq", [
    team,
    seen,
  ]);
  return seen < newest && events[0]?.seq !== seen + 1 ? undefined : events;
}

export async function newestEvent(sql: Sql, team: string): Promise<number> {
  const [row] = await sql.query<{ event_seq: number }>("select event_seq from team where id = $1", [team]);
  return row?.event_seq ?? 0;
}
