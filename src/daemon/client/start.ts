import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { logPathOf } from "../server/log.ts";
import { connectTo, socketPathOf } from "../socket.ts";

/** How to start a daemon: a script and the Node (or the editor's Electron) that runs it. */
export interface Program {
  execPath: string;
  daemonScript: string;
  stateDirectory: string;
  env: NodeJS.ProcessEnv;
}

/** How long a daemon may take until it listens, and how often it is tried, in milliseconds. */
const SLOWEST_START = 20_000;
const TRY_EVERY = 30;
/** What the daemon neither needs nor should hand on: it gets accounts from its clients, and is no window's child. */
const WITHHELD = ["TOKEN_BUDGET_TOKEN", "TOKEN_BUDGET_UPSTREAM_KEY", "VSCODE_INSPECTOR_OPTIONS"];

/**
 * Starts the daemon on its own and connects to it. Undefined when another one was first: that one will listen soon.
 * @throws Error with the reason from its log when it ends before it listens, or does not listen in time
 */
export async function startDaemon(program: Program): Promise<Socket | undefined> {
  const { stateDirectory } = program;
  const from = logSize(stateDirectory);
  const ended = endOf(launch(program));
  const deadline = Date.now() + SLOWEST_START;
  for (;;) {
    const end = await Promise.race([ended, delay(TRY_EVERY)]);
    const socket = await connectTo(socketPathOf(stateDirectory));
    if (socket) return socket;
    if (end === 0) return undefined;
    if (end !== undefined) throw new Error(reasonOf(end, lastWords(stateDirectory, from)));
    if (Date.now() > deadline) throw new Error(`the daemon did not listen within ${SLOWEST_START / 1000} s`);
  }
}

function launch({ execPath, daemonScript, stateDirectory, env }: Program): ChildProcess {
  const own = { TOKEN_BUDGET_STATE_DIR: stateDirectory, ELECTRON_RUN_AS_NODE: "1", NODE_NO_WARNINGS: "1" };
  const log = openLogFor(logPathOf(stateDirectory));
  try {
    const child = spawn(execPath, [resolve(daemonScript)], {
      cwd: stateDirectory, // so that it keeps no other folder in use
      detached: true,
      env: { ...withhold(env), ...own },
      stdio: ["ignore", "ignore", log ?? "ignore"],
      windowsHide: true,
    });
    child.unref();
    return child;
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** What Node itself says of a daemon that cannot even start belongs into its log. */
function openLogFor(logPath: string): number | undefined {
  try {
    return openSync(logPath, "a", 0o600);
  } catch {
    return undefined;
  }
}

function withhold(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !WITHHELD.includes(name)));
}

/** Its exit code; a signal's name or an error's message where there is none. Never rejects. */
function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code ?? `ended by ${signal}`));
  });
}

function reasonOf(end: number | string, words: string | undefined): string {
  const how = typeof end === "number" ? `the daemon ended with code ${end}` : `the daemon could not be started: ${end}`;
  return words ? `${words} (${how})` : how;
}

/** How long the daemon's log is now. */
export function logSize(stateDirectory: string): number {
  return statSync(logPathOf(stateDirectory), { throwIfNoEntry: false })?.size ?? 0;
}

/** The most telling line that the daemon's log has got since it was `from` bytes long: an error, else the last. */
export function lastWords(stateDirectory: string, from: number): string | undefined {
  const lines = written(logPathOf(stateDirectory), from)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^Node\.js v/.test(line));
  const telling = lines.findLast((line) => /^\w*Error\b.*: /.test(line)) ?? lines.at(-1);
  return telling?.trim().slice(0, 300);
}

function written(logPath: string, from: number): string {
  try {
    return readFileSync(logPath).subarray(from).toString("utf8");
  } catch {
    return "";
  }
}
