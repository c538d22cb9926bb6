import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { forgetOldBackups } from "./backup.ts";
import { checkIntact, openDatabase, type Sqlite } from "./database.ts";
import { isDamage } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { MemoryLedger } from "./memory.ts";
import { finishMending, mend } from "./mend.ts";
import { type Salvage, salvage } from "./salvage.ts";
import { SqliteLedger } from "./sqlite.ts";

export interface LedgerOptions {
  stateDirectory: string;
  /** Epoch ms. */
  wall?: () => number;
  /** Undefined where the runtime has none. */
  sqlite?: Promise<Sqlite | undefined>;
}

/**
 * Opens `ledger.sqlite` in the state directory, mended where it is broken. Where that cannot be (a read-only disk, no node:sqlite), works in
 * memory and says so.
 */
export async function openLedger({ stateDirectory, wall = Date.now, sqlite = loadSqlite() }: LedgerOptions): Promise<Ledger> {
  const loaded = await sqlite;
  if (!loaded) return inMemory("This runtime has no node:sqlite (Node 22.13 has it, and VS Code from 1.100).");
  const file = join(stateDirectory, "ledger.sqlite");
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    return openOrMend(file, loaded, wall);
  } catch (error) {
    return inMemory(`The ledger ${file} cannot be used: ${(error as Error).message}.`, salvage(file, loaded));
  }
}

/** A ledger that ends with the process. `reason`: why there is no better one; `known`: what it begins with. */
export function inMemory(reason: string, known?: Salvage): Ledger {
  return new MemoryLedger(`${reason} Until this is mended, spend is only remembered while the daemon runs.`, known);
}

function openOrMend(file: string, sqlite: Sqlite, wall: () => number): Ledger {
  finishMending(file, wall());
  try {
    return open(file, sqlite, wall);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const notice = mend(file, sqlite, (error as Error).message, wall());
    return open(file, sqlite, wall, notice);
  }
}

function open(file: string, sqlite: Sqlite, wall: () => number, notice?: string): Ledger {
  const { database, migrated } = openDatabase(file, sqlite);
  try {
    checkIntact(database);
    if (!migrated) forgetOldBackups(file);
    return new SqliteLedger(database, file, { wall, notice });
  } catch (error) {
    database.close();
    throw error;
  }
}

function loadSqlite(): Promise<Sqlite | undefined> {
  return import("node:sqlite").catch(() => undefined);
}
