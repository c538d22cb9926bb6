/** One SQL dialect over PostgreSQL and PGlite. Parameters are `$1`…; `numeric` comes back as a string, `timestamptz` as a Date. */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface Store extends Sql {
  /** Runs `work` in one transaction; committed when it resolves, rolled back when it throws. May run it again after a deadlock. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Tells every endpoint process on this store; may be lost when a process dies, so nothing may depend on it but speed. */
  publish(message: string): Promise<void>;
  /** Hears what any process published (also this one); `missed` is called where some of it may have been lost. Returns how to stop. */
  subscribe(listener: (message: string) => void, missed?: () => void): Promise<() => void>;
  close(): Promise<void>;
}

/** A database that cannot be used as it is, with what to do about it. */
export class StoreError extends Error {
  override name = "StoreError";
}
