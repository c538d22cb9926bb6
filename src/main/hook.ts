import { hookAnswer } from "../daemon/client/hook.ts";
import { stateDirectoryOf } from "../daemon/stateDirectory.ts";
import { besideThis } from "./place.ts";
import { endWith, standardInput } from "./standardStreams.ts";

/** A prompt, or a tool's input, is no longer than this (bytes): what is beyond is not read. */
const LONGEST_INPUT = 64 << 20;

/** What an agent runs before a prompt, a tool or the end of a turn: the event on standard input, the answer on standard output. Never fails. */
async function hook(): Promise<void> {
  const program = {
    execPath: process.execPath,
    daemonScript: besideThis("daemon"),
    stateDirectory: stateDirectoryOf(process.env),
    env: process.env,
  };
  endWith(await hookAnswer(standardInput(LONGEST_INPUT), workingDirectory(), program));
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
