import { appendFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../service.ts";

/** Above this size the log becomes the old log, of which one is kept. */
const LARGEST = 1 << 20;

export function logPathOf(stateDirectory: string): string {
  return join(stateDirectory, "daemon.log");
}

/** The log of the daemon. A full or read-only disk never stops the daemon: what cannot be written is lost. */
export function openLog(stateDirectory: string): Log {
  const path = logPathOf(stateDirectory);
  return (line) => {
    try {
      rotate(path);
      appendFileSync(path, `${new Date().toISOString()} [${process.pid}] ${line.replace(/\r?\n/g, "\n  ")}\n`, { mode: 0o600 });
    } catch {
      // Nowhere to tell it.
    }
  };
}

function rotate(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size >= LARGEST) renameSync(path, `${path}.old`);
}
