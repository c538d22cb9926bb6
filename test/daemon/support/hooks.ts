import { cpSync, mkdirSync } from "node:fs";
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
