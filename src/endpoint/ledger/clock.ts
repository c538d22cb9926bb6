import type { Sql } from "../store/store.ts";

/** Tells the time (epoch ms) to a transaction. */
export type Clock = (sql: Sql) => Promise<number>;

/** The database's own: one clock for all processes on it. To be asked once the locks are taken, because waiting for them takes time. */
export const databaseClock: Clock = async (sql) => {
  const [row] = await sql.query<{ now: Date }>("select clock_timestamp() as now");
  return row!.now.getTime();
};
