import { glance } from "../daemon/client/glance.ts";
import { stateDirectoryOf } from "../daemon/stateDirectory.ts";

/** `status --line`: exits with 1, and prints nothing, where no daemon runs. */
export async function statusLine(): Promise<void> {
  const line = await glance(stateDirectoryOf(process.env));
  if (line === undefined) process.exitCode = 1;
  else if (line !== "") process.stdout.write(`${line}\n`);
}
