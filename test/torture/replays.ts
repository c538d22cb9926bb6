import { HotRows } from "../../src/endpoint/ledger/hotRows.ts";
import { openPglite } from "../../src/endpoint/store/pglite.ts";
import { openPostgres } from "../../src/endpoint/store/postgres.ts";
import { startPostgres } from "../endpoint/support/postgres.ts";
import { splitAlways } from "../endpoint/support/subRows.ts";
import { replay } from "./advances/replay.ts";
import { simulate } from "./advances/simulation.ts";

/** The endpoint's machine in SQL, over both databases, with whole rows and with sub-rows, against the pure one: the same messages in the same bad worlds, every answer equal. */
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
        for (const hotRows of [new HotRows(), splitAlways()])
          merged += await replay(store, endpoint, hotRows).catch((error: Error) => {
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
