import { mkdir } from "node:fs/promises";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { lockFolder } from "./folderLock.ts";
import { migrate } from "./migrations.ts";
import type { Sql, Store } from "./store.ts";

/**
 * Opens the embedded database in `folder` (created when missing), or one in memory without a folder, and brings its schema up to
 * date. PGlite does not fsync: a power cut may lose the last moments, a killed process does not. For more, use PostgreSQL.
 * @throws StoreError when another process has the folder open (two would lose each other's data)
 */
export async function openPglite(folder?: string): Promise<Store> {
  if (folder === undefined) return prepared(await PGlite.create(), async () => {});
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  try {
    return await prepared(await PGlite.create(folder), unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function prepared(db: PGlite, unlock: () => Promise<void>): Promise<Store> {
  const store = new PgliteStore(db, unlock);
  await migrate(store);
  return store;
}

class PgliteStore implements Store {
  readonly #db: PGlite;
  readonly #unlock: () => Promise<void>;
  readonly #listeners = new Set<(message: string) => void>();

  constructor(db: PGlite, unlock: () => Promise<void>) {
    this.#db = db;
    this.#unlock = unlock;
  }

  async query<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#db.query<Row>(text, [...parameters])).rows;
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#db.transaction((tx) => work(sqlOf(tx)));
  }

  /** One process has the folder, so telling all processes is telling this one. */
  async publish(message: string): Promise<void> {
    for (const listener of this.#listeners) listener(message);
  }

  async subscribe(listener: (message: string) => void): Promise<() => void> {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#db.close();
    await this.#unlock();
  }
}

function sqlOf(tx: Transaction): Sql {
  return {
    query: async <Row>(text: string, parameters: readonly unknown[] = []) => (await tx.query<Row>(text, [...parameters])).rows,
  };
}
