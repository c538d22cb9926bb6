import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { migrate } from "./migrations.ts";
import { type Sql, type Store, StoreError } from "./store.ts";

const CHANNEL = "token_budget";
const INT8 = 20;

/** More connections make a hot allowance row slower, not faster (measured: 32 give half of what 4 give): the rest queues here. */
const MOST_CONNECTIONS = 8;

/** How long to wait before listening again after the connection broke (ms). */
const LISTEN_AGAIN = 1000;

/** PostgreSQL ended the transaction so that another could go on: serialization failure, deadlock. */
const YIELDED = new Set(["40001", "40P01"]);
const MOST_TRIES = 4;

/** Opens a PostgreSQL database by its URL and brings its schema up to date. @throws StoreError when it cannot be reached or is too new */
export async function openPostgres(url: string): Promise<Store> {
  const store = new PostgresStore(url);
  try {
    await migrate(store);
  } catch (error) {
    await store.close();
    if (error instanceof StoreError) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    throw new StoreError(`Cannot use the database at DATABASE_URL: ${message || code}`, { cause: error });
  }
  return store;
}

class PostgresStore implements Store {
  readonly #url: string;
  readonly #pool: pg.Pool;
  readonly #listeners = new Map<(message: string) => void, () => void>();
  #listening: Promise<pg.Client> | undefined;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
    this.#pool = new pg.Pool({ connectionString: url, max: MOST_CONNECTIONS, types: { getTypeParser } });
    this.#pool.on("error", () => {}); // an idle connection broke; the pool makes a new one for the next query
  }

  async query<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query(text, [...parameters])).rows as Row[];
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(work);
      } catch (error) {
        if (tries === MOST_TRIES || !YIELDED.has((error as { code?: string }).code ?? "")) throw error;
      }
    }
  }

  async #once<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("begin");
      const result = await work({ query: async (text, parameters = []) => (await client.query(text, [...parameters])).rows });
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async publish(message: string): Promise<void> {
    await this.query("select pg_notify($1, $2)", [CHANNEL, message]);
  }

  async subscribe(listener: (message: string) => void, missed: () => void = () => {}): Promise<() => void> {
    this.#listeners.set(listener, missed);
    this.#listening ??= this.#listen();
    await this.#listening;
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const listener = await this.#listening?.catch(() => undefined);
    await listener?.end();
    await this.#pool.end();
  }

  /** One connection of its own listens for the whole process. */
  async #listen(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#url });
    client.on("error", () => {}); // "end" follows
    client.on("notification", ({ payload = "" }) => {
      for (const listener of this.#listeners.keys()) listener(payload);
    });
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    client.once("end", () => {
      if (!this.#closed) this.#listening = this.#listenAgain();
    });
    return client;
  }

  async #listenAgain(): Promise<pg.Client> {
    for (;;) {
      await delay(LISTEN_AGAIN, undefined, { ref: false });
      if (this.#closed) throw new StoreError("The store is closed.");
      try {
        const client = await this.#listen();
        for (const missed of this.#listeners.values()) missed();
        return client;
      } catch {
        // the database is still away: try again
      }
    }
  }
}

/** `bigint` columns hold counts that a number holds exactly. */
function getTypeParser(id: number, format?: "text" | "binary") {
  return id === INT8 ? Number : pg.types.getTypeParser(id, format as "text");
}
