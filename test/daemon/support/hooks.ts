import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Run, TestMachine } from "../fixtures/machine.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const HOOK = join(root, "src/main/hook.ts");

/** Runs the hook program with this on its standard input, as an agent does. */
export function runHook(machine: TestMachine, input: string | object, script = HOOK): Run {
  const run = machine.run(script);
  run.child.stdin?.on("error", () => {}); // it may be killed before it reads
  run.child.stdin?.end(typeof input === "string" ? input : JSON.stringify(input));
  return run;
}

/** How long a hook's input is withheld (ms): it runs by then. Nothing outside tells that it reads. */
const WITHHELD = 500;

/** The same with a standard input that comes late and that a read does not wait for, as who has opened it may choose. Not on Windows. */
export async function runHookUnwaiting(machine: TestMachine, input: object): Promise<Pick<Run, "out" | "ended">> {
  const path = join(machine.home, "input.sock");
  const server = createServer().listen(path);
  const ours = createConnection(path);
  const [theirs] = (await once(server, "connection")) as [Socket];
  // Node makes it wait for what is its child's standard input, but not for what a shell makes that.
  const command = ["-c", 'exec "$0" "$1" <&3', process.execPath, HOOK];
  const child = spawn("sh", command, { env: machine.env, stdio: ["ignore", "pipe", "inherit", theirs] });
  theirs.destroy();
  server.close();
  const text = JSON.stringify(input);
  ours.on("error", () => {}); // it may end before it has read
  ours.write(text.slice(0, 10));
  setTimeout(() => ours.end(text.slice(10)), WITHHELD);
  const run = { out: "", ended: once(child, "close").then(([code, signal]) => code ?? signal) };
  child.stdout!.on("data", (text) => {
    run.out += text;
  });
  return run;
}

/** What an event looks like that VS Code tells its hooks. */
export function hookEvent(name: string, session: string, more: object = {}): object {
  return { timestamp: "2026-11-28T08:00:00.000Z", hook_event_name: name, session_id: session, cwd: "/projects/ferry", ...more };
}

/** The hook program in a folder of its own, beside a daemon that cannot start. */
export function hookBesideBrokenDaemon(machine: TestMachine): string {
  const folder = join(machine.home, "broken/src/main");
  mkdirSync(join(machine.home, "broken"), { recursive: true });
  cpSync(join(root, "src"), join(machine.home, "broken/src"), { recursive: true });
  cpSync(join(root, "test/daemon/fixtures/brokenDaemon.ts"), join(folder, "daemon.ts"));
  return join(folder, "hook.ts");
}
