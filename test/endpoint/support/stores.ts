import { openPglite } from "../../../src/endpoint/store/pglite.ts";
import { openPostgres } from "../../../src/endpoint/store/postgres.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

/** What a suite over a store gets. */
export interface StoreUnderTest {
  name: "PGlite" | "PostgreSQL";
  /** Shared by all suites of a run; every test makes a team of its own in it. */
  readonly store: Store;
}

let postgres: Promise<Postgres> | undefined;
const shared = new Map<StoreUnderTest["name"], Promise<Store>>();

/** The run's PostgreSQL server, started on first use. */
export function sharedPostgres(): Promise<Postgres> {
  postgres ??= startPostgres();
  return postgres;
}

/** A store on the run's PostgreSQL server, in a database of its own. The caller closes it. */
export async function newPostgresStore(): Promise<{ store: Store; url: string }> {
  const url = await (await sharedPostgres()).database();
  return { store: await openPostgres(url), url };
}

const OPEN: Record<StoreUnderTest["name"], () => Promise<Store>> = {
  PGlite: () => openPglite(),
  PostgreSQL: async () => (await newPostgresStore()).store,
};

/** Runs a suite over both databases. */
export function overBothStores(title: string, suite: (under: StoreUnderTest) => void): void {
  for (const name of ["PGlite", "PostgreSQL"] as const) {
    describe(`${title} (${name})`, () => {
      let store: Store | undefined;
      before(async function () {
        this.timeout(120_000); // the first suite of a run starts the database
        if (!shared.has(name)) shared.set(name, OPEN[name]());
        store = await shared.get(name);
      });
      suite({
        name,
        get store() {
          return store!;
        },
      });
    });
  }
}

// This file is imported at the top of a run, so these belong to all of it.
after(async function () {
  this.timeout(60_000);
  for (const store of shared.values()) await (await store).close();
  await (await postgres)?.stop();
});
