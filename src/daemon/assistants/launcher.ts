import { join } from "node:path";
import { LAUNCHERS, powerShellLauncher, shellLauncher } from "../../protocol/hookFile.ts";
import type { Log } from "../service.ts";
import { writePrivateFile } from "../stateDirectory.ts";

/** Writes the launcher that hook files start: the hook program of this version, in the Node that runs this. `program`: its whole path. */
export function writeLauncher(stateDirectory: string, program: string, log: Log, platform = process.platform): void {
  const isWindows = platform === "win32";
  const text = (isWindows ? powerShellLauncher : shellLauncher)(process.execPath, program, stateDirectory);
  try {
    writePrivateFile(join(stateDirectory, LAUNCHERS[isWindows ? "windows" : "posix"]), text);
  } catch (error) {
    log(`the launcher of the agent hook could not be written: ${(error as Error).message}`);
  }
}
