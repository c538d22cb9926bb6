import { pathToFileURL } from "node:url";
import type { BudgetService, Log } from "../service.ts";

/** The service out of the daemon's own bundle, for a host in which no process can be started. Loads nothing before it is needed. */
export async function loadBudgetService(
  daemonScript: string,
  options: { stateDirectory: string; version: string; log: Log },
): Promise<BudgetService> {
  const { createBudgetService } = await import(pathToFileURL(daemonScript).href);
  return createBudgetService(options);
}
