import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { root } from "./root.ts";

/** A program that cannot outlive this process. */
export interface Supervised {
  /** What the program prints on standard output. */
  stdout: Readable;
  /** What the program prints on standard error. */
  stderr: Readable;
  /** Settles with the program's exit code, once it and all that it started are gone; null when it ended by a signal. */
  exited: Promise<number | null>;
  /** Ends the program and all that it started; settles when they are gone. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts `program` under a small supervisor that ends it, with all that it started, as soon as this process is gone:
 * however that happens, SIGKILL included, because the supervisor waits for the end of a pipe that only this process holds.
 * @throws never: a program that cannot be started exits with code 127 and the reason on its stderr
 */
export function startSupervised(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Supervised {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    process.execPath,
    [join(root, "scripts", "supervisor.ts"), program, ...args],
    // In a session of its own, so that Ctrl-C in the terminal does not end the supervisor before its work is done.
    { cwd: options.cwd, env: options.env ?? process.env, detached: true, windowsHide: true, stdio: ["pipe", "pipe", "pipe"] },
  );
  child.stdin.on("error", () => {}); // the supervisor may be gone before the pipe is ended
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  return { stdout: child.stdout, stderr: child.stderr, exited, stop };
}
