import { pathToFileURL } from "node:url";
import { createOwningService, type ServiceContext } from "../ledger/owner.ts";
import type { BudgetService } from "../service.ts";

/** The service out of the daemon's own bundle, for a host in which no process can be started. Loads nothing before it is needed. */
export async function loadBudgetService(daemonScript: string, context: ServiceContext): Promise<BudgetService> {
  const { createBudgetService } = await import(pathToFileURL(daemonScript).href);
  return createOwningService(createBudgetService, context);
}
