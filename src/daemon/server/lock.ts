import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * One holder at a time, also when its predecessor was killed. The lock is a symbolic link whose target names the holder
 * (`pid-start@host`), because that is created with its content in one step. A dead holder's lock is replaced by whoever first
 * locks the right to replace THIS holder; without that, two starters could each remove what they think is the dead one's lock.
 */
export interface Lock {
  release(): void;
}

/** Takes the lock at `path`; undefined while a living process holds it. @throws Error when the folder cannot be written */
export function tryLock(path: string): Lock | undefined {
  const me = `${process.pid}-${startOf(process.pid)}@${hostname()}`;
  if (!take(path, me)) return undefined;
  return {
    release() {
      if (holderOf(path) === me) rmSync(path, { force: true });
    },
  };
}

function take(path: string, me: string): boolean {
  for (;;) {
    if (link(me, path)) return true;
    const holder = holderOf(path);
    if (holder === undefined) continue; // released just now
    if (isAlive(holder)) return false;
    const right = `${path}.${createHash("sha256").update(holder).digest("hex").slice(0, 12)}`;
    if (!take(right, me)) return false; // somebody else is replacing it
    try {
      if (holderOf(path) === holder) {
        replace(path, me);
        return true;
      }
    } finally {
      unlinkSync(right);
    }
  }
}

function link(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function replace(path: string, me: string): void {
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(me, fresh);
  renameSync(fresh, path);
}

function holderOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether the holder still runs. One of another host (a container that shared this folder) does not: its socket was asked before. */
function isAlive(holder: string): boolean {
  const match = /^(\d+)-(.*)@(.*)$/.exec(holder);
  if (!match || match[3] !== hostname()) return false;
  const pid = Number(match[1]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return startOf(pid) === match[2];
}

/** When a process started, as this system tells it: a number that was given again is another process. "" when it is gone. */
function startOf(pid: number): string {
  try {
    if (process.platform === "linux") return ticks(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return execFileSync("ps", ["-p", String(pid), "-o", "lstart="], { encoding: "utf8" })
      .trim()
      .replace(/\W+/g, ".");
  } catch {
    return "";
  }
}

/** Field 22 of proc(5)'s stat, counted behind the command, which may hold spaces and brackets. */
function ticks(stat: string): string {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
