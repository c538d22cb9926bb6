import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolicySchema } from "../../src/budget/policy/policy.ts";
import { Admin } from "../../src/endpoint/admin.ts";
import { createEndpoint } from "../../src/endpoint/endpoint.ts";
import { openPglite } from "../../src/endpoint/store/pglite.ts";
import { startPostgres } from "../endpoint/support/postgres.ts";
import { crashDaemon, told } from "./crash/daemon.ts";
import { crashEndpoint } from "./crash/endpoint.ts";
import { embedded, postgresql } from "./crash/stores.ts";
import { teamOver } from "./crash/team.ts";

/** An endpoint over each database, and a daemon, killed 200 times each under load: nothing that was acknowledged is lost or there twice. */
export async function torture({
  seed,
  count = 200,
  log,
}: {
  seed: number;
  count?: number;
  log: (line: string) => void;
}): Promise<void> {
  const postgres = await startPostgres();
  const folder = await mkdtemp(join(tmpdir(), "tb-crash-"));
  try {
    for (const store of [embedded(join(folder, "data")), postgresql(await postgres.database())]) {
      const { acknowledged, entries } = await crashEndpoint(store, count, seed);
      log(
        `endpoint on ${store.name}, killed ${count} times: ${acknowledged} messages acknowledged, ${entries} entries, none lost or twice`,
      );
    }
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
  await torturedDaemon(count, seed, log);
}

async function torturedDaemon(count: number, seed: number, log: (line: string) => void): Promise<void> {
  const store = await openPglite();
  const admin = await Admin.over(store);
  const { id } = await admin.createTeam({ name: `Team ${randomUUID()}` });
  const policy = {
    allowances: [{ id: "month", name: "Month", limit: "10000" }],
    prices: [{ model: "test/one", input: "1", output: "10" }],
    confirm: {},
  };
  await admin.pushPolicy(id, PolicySchema.parse(policy), { author: "A lead" });
  const dev = await admin.addPerson({ team: id, name: "Dev", email: "dev@example.com", role: "developer" });
  const { token } = await admin.createToken(dev.id);
  const endpoint = await createEndpoint({ store });
  try {
    const crashes = await crashDaemon(teamOver(store, id, await endpoint.listen(), token), count, seed);
    log(`daemon, killed ${count} times: ${told(crashes)}`);
  } finally {
    await endpoint.close();
    await store.close();
  }
}
