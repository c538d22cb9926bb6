import manifest from "../../package.json" with { type: "json" };
import { createBudgetService } from "../daemon/budgetService.ts";
import { runDaemon } from "../daemon/server/run.ts";

// Where no process can be started, the extension host loads this file for the service alone.
export { createBudgetService };

/** `node daemon.ts`, or the bundle. Standard error is the daemon's log, unless a person started it. */
if (/[\\/]daemon\.(ts|cjs)$/.test(process.argv[1] ?? "")) {
  runDaemon(createBudgetService, manifest.version, process.env).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
