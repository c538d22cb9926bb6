import { glance } from "../daemon/client/glance.ts";
import { stateDirectoryOf } from "../daemon/stateDirectory.ts";
import { endWith } from "./standardStreams.ts";

/** `status --line`, and the end of the process: with 1, and nothing printed, where no daemon runs. */
export async function statusLine(): Promise<never> {
  const stdout = await glance(stateDirectoryOf(process.env));
  return endWith(stdout === undefined ? { exitCode: 1 } : { exitCode: 0, stdout });
}
