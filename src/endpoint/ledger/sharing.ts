import { type Pool, type Sharing, sharingOf } from "../../budget/advance/endpoint.ts";
import type { Nano } from "../../budget/money.ts";
import type { Sql } from "../store/store.ts";

/** Machines heard of within this time share what is left (ms). */
export const SEEN_LATELY = 120_000;

interface Share {
  machines: number;
  free: Nano;
}

/**
 * How many machines share each pool of a team, and how much of it lies free in their advances. Read without locks and kept for a
 * moment: it sizes advances, it admits nothing.
 */
export class Sharers {
  readonly #lasts: number;
  readonly #teams = new Map<string, { at: number; pools: ReadonlyMap<string, Share> }>();

  /** @param lasts for how long (ms) what was read may be used */
  constructor(lasts = 1000) {
    this.#lasts = lasts;
  }

  async of(sql: Sql, team: string, now: number): Promise<(pool: Pool) => Sharing> {
    const last = this.#teams.get(team);
    const fresh = last && performance.now() - last.at < this.#lasts;
    const pools = fresh ? last.pools : await read(sql, team, now);
    if (!fresh) this.#teams.set(team, { at: performance.now(), pools });
    return (row) => sharingOf(row, pools.get(row.key) ?? { machines: 0, free: 0n });
  }
}

async function read(sql: Sql, team: string, now: number): Promise<Map<string, Share>> {
  const rows = await sql.query<{ key: string; machines: number; free: string }>(
    `select key, count(distinct machine) as machines, sum(greatest(0, granted - spent - returned - open)) as free
     from advance join advance_allowance on advance = advance.id
     where team = $1 and state = 'open' and last_seen > $2 group by key`,
    [team, new Date(now - SEEN_LATELY)],
  );
  return new Map(rows.map(({ key, machines, free }) => [key, { machines, free: BigInt(free) }]));
}
