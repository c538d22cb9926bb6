import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { startSupervised } from "./supervised.ts";

/** A program that starts another (in a process group of its own where only Linux can still tell), prints both ids, and stays. */
const family = `
  const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"],
    { detached: ${process.platform === "linux"}, stdio: "ignore" });
  console.log(process.pid, child.pid);
  setInterval(() => {}, 1000);`;

describe("a supervised program", () => {
  it("ends with all that it started when it is stopped", async () => {
    const program = startSupervised(process.execPath, ["-e", family]);
    const pids = await readPids(program.stdout);
    assert.deepEqual(pids.map(isAlive), [true, true]);
    await program.stop();
    await gone(pids);
    await program.stop();
  });

  it("ends with all that it started when its owner is killed", async () => {
    const module = pathToFileURL(`${import.meta.dirname}/supervised.ts`).href;
    const owner = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `import { startSupervised } from ${JSON.stringify(module)};
       startSupervised(process.execPath, ["-e", ${JSON.stringify(family)}]).stdout.pipe(process.stdout);`,
    ]);
    const pids = await readPids(owner.stdout);
    assert.deepEqual(pids.map(isAlive), [true, true]);
    owner.kill("SIGKILL");
    await once(owner, "exit");
    await gone(pids);
  });

  it("hands on its output and exit code", async () => {
    const program = startSupervised(process.execPath, ["-e", 'console.log("out"); process.exitCode = 3']);
    const [line] = await once(createInterface({ input: program.stdout }), "line");
    assert.equal(line, "out");
    assert.equal(await program.exited, 3);
  });

  it("exits with 127 when it cannot be started", async () => {
    assert.equal(await startSupervised("no-such-program-anywhere", []).exited, 127);
  });
});

async function readPids(stream: NodeJS.ReadableStream): Promise<number[]> {
  const [line] = (await once(createInterface({ input: stream }), "line")) as [string];
  return line.split(" ").map(Number);
}

/** Waits until the processes are gone: killed ones stay in the table until their new parent has taken note. */
async function gone(pids: number[]): Promise<void> {
  for (let tries = 0; pids.some(isAlive); tries++) {
    assert.ok(tries < 400, `still there: ${pids.filter(isAlive).join(", ")}`);
    await delay(25);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
