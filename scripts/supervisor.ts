// node supervisor.ts PROGRAM [ARGUMENT…]
// Runs PROGRAM until it exits or standard input ends, then ends everything that PROGRAM started, also what has left its process group.
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** How long a program may take to end in order, in milliseconds. */
const patience = 4000;

const [program = "", ...args] = process.argv.slice(2);
// Every process inherits this variable, so that one which detached itself is still known as ours.
const mark = `TOKEN_BUDGET_SUPERVISED_${randomUUID().replaceAll("-", "")}`;
const child = spawn(program, args, {
  env: { ...process.env, [mark]: "1" },
  detached: process.platform !== "win32",
  windowsHide: true,
  stdio: ["ignore", "inherit", "inherit"],
});
let ending = false;

child.on("error", (error) => {
  console.error(`Could not start ${program}: ${error.message}`);
  process.exit(127);
});
child.on("exit", (code, signal) => void end(code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 0)));
process.stdin.on("end", () => void end(0)).resume();
process.stdin.on("error", () => void end(0));
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end(0));
process.stdout.on("error", () => {}); // nobody reads any more

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  if (process.platform === "win32") endTreeOnWindows();
  else {
    signalAll("SIGTERM");
    for (const start = Date.now(); someLeft() && Date.now() - start < patience; ) await delay(25);
    signalAll("SIGKILL");
  }
  process.exit(code);
}

function endTreeOnWindows(): void {
  try {
    execFileSync("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore" });
  } catch {
    // it is gone already
  }
}

function signalAll(signal: "SIGTERM" | "SIGKILL"): void {
  send(-child.pid!, signal);
  for (const pid of marked()) send(pid, signal);
}

function someLeft(): boolean {
  return send(-child.pid!, 0) || marked().length > 0;
}

function send(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // gone
  }
}

/** Processes that carry our mark, wherever they are in the process tree. Only Linux shows it; elsewhere the group must do. */
function marked(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && environment(pid).includes(`${mark}=`));
}

function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return ""; // gone, or another user's
  }
}
