import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type CreateBudgetService, createOwningService } from "../ledger/owner.ts";
import type { BudgetService, Log } from "../service.ts";
import { connectTo, prepareSocketFolder, socketPathOf } from "../socket.ts";
import { preparePrivateFolder, stateDirectoryOf } from "../stateDirectory.ts";
import { Hub } from "./hub.ts";
import { tryLock } from "./lock.ts";
import { openLog } from "./log.ts";

/** How long the daemon waits for a client after the last one left, in milliseconds. */
const LINGER = 10 * 60_000;
/** How long a newer version waits for requests that are under way, in milliseconds. */
const HAND_OVER = 60_000;

/**
 * Runs the daemon until it is not needed any more, is told to end, or hands over. Resolves at once where another serves already.
 * @throws Error, for people, when it cannot
 */
export async function runDaemon(createService: CreateBudgetService, version: string, env: NodeJS.ProcessEnv): Promise<void> {
  process.umask(0o077);
  const stateDirectory = stateDirectoryOf(env);
  preparePrivateFolder(stateDirectory);
  const log = openLog(stateDirectory);
  const hub = Promise.withResolvers<Hub>();
  hub.promise.catch(() => {});
  // Who connects while the ledger is being opened waits for it.
  const place = await takePlace(stateDirectory, (socket) => hub.promise.then((ready) => ready.accept(socket)).catch(() => {}));
  if (!place) return log("another daemon serves already");
  try {
    const service = await createOwningService(createService, { stateDirectory, log, version });
    await serve(service, { version, stateDirectory, log, linger: lingerOf(env), place, onReady: hub.resolve });
  } finally {
    place.leave();
  }
}

interface Serving {
  version: string;
  stateDirectory: string;
  log: Log;
  linger: number;
  place: Place;
  onReady(hub: Hub): void;
}

/** Serves until there is a reason to end; then ends in order. Clients see the end when the place is free for the next daemon. */
async function serve(service: BudgetService, { version, stateDirectory, log, linger, place, onReady }: Serving): Promise<void> {
  const end = Promise.withResolvers<"for a newer version" | "nobody is connected" | "to mend the ledger" | NodeJS.Signals>();
  const endIdle = () => setTimeout(() => end.resolve("nobody is connected"), linger);
  let idle = endIdle();
  const onClients = (count: number) => {
    clearTimeout(idle);
    if (count === 0) idle = endIdle();
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => end.resolve(signal));
  void service.damaged.then(() => end.resolve("to mend the ledger"));
  const onHandOver = () => end.resolve("for a newer version");
  const hub = new Hub({ service, version, stateDirectory, log, onClients, onHandOver });
  onReady(hub);
  log(`version ${version} serves`);

  const reason = await end.promise;
  log(`ending: ${reason}`);
  clearTimeout(idle);
  place.close();
  if (reason === "for a newer version") await Promise.race([hub.finish(), delay(HAND_OVER, undefined, { ref: false })]);
  await hub.close();
  await service.close();
  place.leave();
  log("ended"); // the last of all that it writes
  hub.disconnect();
}

/** The one place at which clients look for the daemon. */
interface Place {
  /** Takes no new connections. */
  close(): void;
  /** Lets the next daemon have the place. */
  leave(): void;
}

/** Listens, unless another daemon does or is about to: then undefined. */
async function takePlace(stateDirectory: string, onSocket: (socket: Socket) => void): Promise<Place | undefined> {
  const path = socketPathOf(stateDirectory);
  prepareSocketFolder(path);
  if (await answers(path)) return undefined;
  const server = createServer(onSocket);
  if (process.platform === "win32") {
    // The first to listen on a named pipe is alone with it until it ends, however that happens.
    const first = await listen(server, path);
    return first ? { close: () => server.close(), leave: () => server.close() } : undefined;
  }
  const lock = tryLock(join(stateDirectory, "daemon.lock"));
  if (!lock) return undefined;
  rmSync(path, { force: true }); // what a killed daemon has left
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    close: () => server.close(),
    leave() {
      server.close();
      lock.release();
    },
  };
}

async function answers(path: string): Promise<boolean> {
  const socket = await connectTo(path);
  socket?.destroy();
  return socket !== undefined;
}

/** Whether the server listens now; not where somebody else does. */
function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
    server.listen(path, () => resolve(true));
  });
}

function lingerOf({ TOKEN_BUDGET_LINGER_MS: text }: NodeJS.ProcessEnv): number {
  const given = Number(text);
  return text && Number.isFinite(given) && given >= 0 ? given : LINGER;
}
