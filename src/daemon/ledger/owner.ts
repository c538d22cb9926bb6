import { join } from "node:path";
import { type Lock, tryLock } from "../server/lock.ts";
import type { BudgetService, Log } from "../service.ts";

export interface ServiceContext {
  stateDirectory: string;
  log: Log;
  version: string;
}

export type CreateBudgetService = (options: ServiceContext & { ledgerTaken: boolean }) => Promise<BudgetService>;

/**
 * Makes the service as the one owner of the ledger, or without it where another process has it (an extension host that serves itself,
 * say). Closing the service gives the ledger back.
 */
export async function createOwningService(create: CreateBudgetService, context: ServiceContext): Promise<BudgetService> {
  const lock = lockLedger(context.stateDirectory);
  const release = () => lock?.release();
  try {
    const service = await create({ ...context, ledgerTaken: lock === undefined });
    const close = service.close.bind(service);
    return Object.assign(service, { close: () => close().finally(release) });
  } catch (error) {
    release();
    throw error;
  }
}

/** Undefined while another process has it. On Windows only administrators may make the links that locks are made of. */
function lockLedger(stateDirectory: string): Lock | undefined {
  const free = { release() {} };
  if (process.platform === "win32") return free;
  try {
    return tryLock(join(stateDirectory, "ledger.lock"));
  } catch {
    return free; // a folder that cannot be written has no ledger to quarrel over
  }
}
