import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Ledger } from "./ledger.ts";
import { MemoryLedger } from "./memory.ts";
import { SqliteLedger } from "./sqlite.ts";

/** Opens `ledger.sqlite` in the state directory. Where that cannot be (a read-only disk, no node:sqlite), works in memory and says so. */
export async function openLedger(stateDirectory: string): Promise<Ledger> {
  const sqlite = await import("node:sqlite").catch(() => undefined);
  if (!sqlite) return inMemory("This runtime has no node:sqlite (Node 22.13 has it, and VS Code from 1.100).");
  const file = join(stateDirectory, "ledger.sqlite");
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    return new SqliteLedger(file, sqlite);
  } catch (error) {
    return inMemory(`The ledger ${file} cannot be used: ${(error as Error).message}.`);
  }
}

/** A ledger that ends with the process. `reason`: why there is no better one. */
export function inMemory(reason: string): Ledger {
  return new MemoryLedger(`${reason} Until this is mended, spend is only remembered while the daemon runs.`);
}
