import { openPglite } from "../../src/endpoint/store/pglite.ts";
import { openPostgres } from "../../src/endpoint/store/postgres.ts";
import { startPostgres } from "../endpoint/support/postgres.ts";
import { replay } from "./advances/replay.ts";
import { simulate } from "./advances/simulation.ts";

/** The endpoint's machine in SQL, over both databases, against the pure one: the same messages in the same bad worlds, every answer equal. */
export async function torture({
  seed,
  count = 100,
  log,
}: {
  seed: number;
  count?: number;
  log: (line: string) => void;
}): Promise<void> {
  const postgres = await startPostgres();
  try {
    for (const [name, store] of [
      ["PGlite", await openPglite()],
      ["PostgreSQL", await openPostgres(await postgres.database())],
    ] as const) {
      let merged = 0;
      let debts = 0;
      for (let i = 0; i < count; i++) {
        const { endpoint } = simulate(seed + i);
        debts += [...endpoint.periods.values()].filter(({ debt }) => debt > 0n).length;
        merged += await replay(store, endpoint).catch((error: Error) => {
          throw new Error(`${name}, seed ${seed + i}: ${error.message}`);
        });
      }
      log(`${name}: ${count} seeds, ${merged} messages answered alike, ${debts} periods that repaid the one before`);
      await store.close();
    }
  } finally {
    await postgres.stop();
  }
}
