import manifest from "../../package.json" with { type: "json" };
import { writeLauncher } from "../daemon/assistants/launcher.ts";
import { createBudgetService } from "../daemon/budgetService.ts";
import type { CreateBudgetService } from "../daemon/ledger/owner.ts";
import { runDaemon } from "../daemon/server/run.ts";
import { besideThis, ownPath } from "./place.ts";
import { readTokenFilesFrom, tokenFolder } from "./tokenFiles.ts";

// Where no process can be started, the extension host loads this file for the service alone.
export { createBudgetService };

/** In a process of its own, with connections of its own. */
async function runOwn(): Promise<void> {
  const { createOwnConnector } = await import("../daemon/network/own.ts"); // never in an extension host
  const readTokenFile = readTokenFilesFrom(tokenFolder(ownPath()));
  const create: CreateBudgetService = (context) => {
    writeLauncher(context.stateDirectory, besideThis("hook"), context.log);
    return createBudgetService({ ...context, network: createOwnConnector(context.log), readTokenFile });
  };
  await runDaemon(create, manifest.version, process.env);
}

/** `node daemon.ts`, or the bundle. Standard error is the daemon's log, unless a person started it. */
if (/[\\/]daemon\.(ts|cjs)$/.test(process.argv[1] ?? "")) {
  runOwn().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
