import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Daemon, type Hello } from "../../protocol/daemon.ts";
import { greet } from "../client/peer.ts";
import { connectTo, socketPathOf } from "../socket.ts";
import type { Terminal } from "./terminal.ts";
import { unguard } from "./unguard.ts";

/** All that the daemon ever puts into its folder. A person may have chosen that folder: nothing else in it is ours. */
const OWN =
  /^(ledger\.(sqlite.*|lock.*)|daemon\.(log|log\.old|sock|lock.*)|hook\.(sh|ps1)|(hook|telemetry|guarded)\.json(\.\d+)?)$/;

/**
 * `uninstall`: ends the daemon, and removes all that it has left on this machine, unless another editor uses it or it has something that the
 * team's endpoint has not been told. Answers the exit code: 1 when it left something.
 */
export async function uninstall(stateDirectory: string, hello: Omit<Hello, "protocol">, { out, err }: Terminal): Promise<number> {
  if (!existsSync(stateDirectory)) return 0;
  const reason = await endDaemon(stateDirectory, hello);
  if (reason !== undefined) {
    err(`${reason}: ${stateDirectory} stays.`);
    return 1;
  }
  for (const path of unguard(stateDirectory, homedir())) out(`${path} is as it was before Copilot Chat was guarded.`);
  for (const name of readdirSync(stateDirectory)) if (OWN.test(name)) rmSync(join(stateDirectory, name), { force: true });
  if (readdirSync(stateDirectory).length === 0) rmdirSync(stateDirectory);
  out(`${stateDirectory} is removed.`);
  return 0;
}

/** Answers why it must not end; undefined once none runs. */
async function endDaemon(stateDirectory: string, hello: Omit<Hello, "protocol">): Promise<string | undefined> {
  const stream = await connectTo(socketPathOf(stateDirectory)).catch(() => undefined);
  if (!stream) return undefined;
  const { connection, reply, closed, end } = await greet(stream, "process", hello);
  await connection.sendRequest(Daemon.refresh).catch(() => {});
  const { pending } = await connection.sendRequest(Daemon.state);
  if (reply.others > 0 || pending.entries > 0) {
    end();
    return reply.others > 0
      ? "Another editor uses Token Budget"
      : `${pending.entries} requests are not reported to your team's endpoint yet`;
  }
  await connection.sendRequest(Daemon.handOver);
  await closed;
  return undefined;
}
