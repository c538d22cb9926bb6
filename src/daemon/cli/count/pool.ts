import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Counter, SharedTables } from "../../../tokens/counter.ts";
import { type Asked, countFile, type FileCount } from "./countFile.ts";

/** Files that are not worth a thread. */
const FEW = 64;
/** Files that a thread is given at once. */
const BATCH = 32;
const MAX_THREADS = 8;

/** What a thread that counts files is started with. */
export interface CountWorkerData {
  tables: SharedTables;
  asked: Asked;
}

/** Counts files in the order given; many of them in several threads, which have the counter's tables together. `worker`: their script. */
export async function countFiles(files: readonly string[], counter: Counter, worker: string, asked: Asked): Promise<FileCount[]> {
  if (files.length <= FEW) return await inTurn(files, counter, asked);
  const counts: FileCount[] = new Array(files.length);
  const workerData: CountWorkerData = { tables: counter.share(), asked };
  let next = 0;
  const threads = Math.min(availableParallelism(), MAX_THREADS, Math.ceil(files.length / FEW));
  await Promise.all(Array.from({ length: threads }, () => runThread()));
  return counts;

  function runThread(): Promise<void> {
    return new Promise((resolve, reject) => {
      const thread = new Worker(worker, { workerData });
      let from = next;
      const give = () => {
        from = next;
        next += BATCH;
        if (from < files.length) thread.postMessage(files.slice(from, from + BATCH));
        else void thread.terminate();
      };
      thread.on("message", (batch: FileCount[]) => {
        for (const [at, count] of batch.entries()) counts[from + at] = count;
        give();
      });
      thread.on("error", reject);
      thread.on("exit", () => resolve());
      give();
    });
  }
}

/** Counts files one after the other. */
export async function inTurn(files: readonly string[], counter: Counter, asked: Asked): Promise<FileCount[]> {
  const counts: FileCount[] = [];
  for (const file of files) counts.push(await countFile(file, counter, asked));
  return counts;
}
