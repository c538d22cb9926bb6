import { hookAnswer, textOf } from "../daemon/client/hook.ts";
import { stateDirectoryOf } from "../daemon/stateDirectory.ts";
import { besideThis } from "./place.ts";

/** What an agent runs before a prompt, a tool or the end of a turn: the event on standard input, the answer on standard output. Never fails. */
async function hook(): Promise<void> {
  const program = {
    execPath: process.execPath,
    daemonScript: besideThis("daemon"),
    stateDirectory: stateDirectoryOf(process.env),
    env: process.env,
  };
  const input = await textOf(process.stdin).catch(() => "");
  const { exitCode, stdout, stderr } = await hookAnswer(input, workingDirectory(), program);
  process.exitCode = exitCode;
  if (stdout !== undefined) process.stdout.write(`${stdout}\n`);
  if (stderr !== undefined) process.stderr.write(`${stderr}\n`);
}

/** Empty where it is not there any more. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "";
  }
}

void hook();
