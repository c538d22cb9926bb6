import { readSync, writeSync } from "node:fs";

/**
 * Standard input, output and error, for programs that somebody waits for: read and written at once, because Node's streams take longer to
 * be made than such a program runs.
 */

/** Read at once, in bytes. */
const SLICE = 1 << 16;
/** Where the other end is slow and the descriptor does not wait for it, it is tried again after so long (ms). */
const SOON = 2;

/** All that stands on standard input, as UTF-8, as far as it can be read; no more than about `most` bytes. */
export function standardInput(most: number): string {
  const chunks: Buffer[] = [];
  let size = 0;
  for (let chunk = nextOf(0); chunk.length > 0 && size < most; chunk = nextOf(0)) {
    chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Empty at the end. */
function nextOf(descriptor: number): Buffer {
  const buffer = Buffer.allocUnsafe(SLICE);
  try {
    return buffer.subarray(
      0,
      patiently(() => readSync(descriptor, buffer)),
    );
  } catch {
    return buffer.subarray(0, 0); // on Windows the end is an error, too
  }
}

/** Prints, and ends this process at once: what it waits for besides does not count any more. */
export function endWith({ exitCode, stdout = "", stderr = "" }: { exitCode: number; stdout?: string; stderr?: string }): never {
  print(1, stdout);
  print(2, stderr);
  process.exit(exitCode);
}

/** A line, unless it is empty. */
function print(descriptor: number, line: string): void {
  let rest = line === "" ? Buffer.alloc(0) : Buffer.from(`${line}\n`);
  try {
    while (rest.length > 0) rest = rest.subarray(patiently(() => writeSync(descriptor, rest)));
  } catch {
    // Nobody reads it.
  }
}

function patiently<R>(act: () => R): R {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SOON);
    }
  }
}
