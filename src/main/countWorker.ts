import { parentPort, workerData } from "node:worker_threads";
import { type CountWorkerData, inTurn } from "../daemon/cli/count/pool.ts";
import { joinCounter } from "../tokens/counter.ts";

// One of the threads in which `token-budget count` counts many files.
const port = parentPort;
if (!port) throw new Error("countWorker runs as a worker thread");
const { tables, asked } = workerData as CountWorkerData;
const counter = joinCounter(tables);
port.on("message", async (files: string[]) => port.postMessage(await inTurn(files, counter, asked)));
