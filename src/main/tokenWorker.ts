import { parentPort, workerData } from "node:worker_threads";
import { loadCounter } from "../tokens/counter.ts";
import { type CountRequest, createCountingService } from "../tokens/service.ts";
import { readTokenFilesFrom } from "./tokenFiles.ts";

// The thread in which the editor counts: tables are loaded here and not beside the editor's other extensions.
const port = parentPort;
if (!port) throw new Error("tokenWorker runs as a worker thread");
const read = readTokenFilesFrom(workerData as string);
const answer = createCountingService((encoding) => loadCounter(encoding, read));
port.on("message", async (request: CountRequest) => port.postMessage(await answer(request)));
