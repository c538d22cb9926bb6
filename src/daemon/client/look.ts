import { existsSync } from "node:fs";
import { Daemon, type Hello, PROTOCOL_VERSION, type State } from "../../protocol/daemon.ts";
import { connectTo, socketPathOf } from "../socket.ts";
import { preparePrivateFolder } from "../stateDirectory.ts";
import { greet } from "./peer.ts";

/** How long the daemon may take, in milliseconds. */
const PATIENCE = 1_000;

/** The state of the daemon that runs now; undefined where none does, or it is of another protocol. Starts none. */
export async function lookAtState(stateDirectory: string, hello: Omit<Hello, "protocol">): Promise<State | undefined> {
  if (!existsSync(stateDirectory)) return undefined;
  try {
    preparePrivateFolder(stateDirectory);
    const stream = await connectTo(socketPathOf(stateDirectory));
    if (!stream) return undefined;
    const tooLong = setTimeout(() => stream.destroy(), PATIENCE);
    try {
      const { connection, reply } = await greet(stream, "process", hello);
      return reply.protocol === PROTOCOL_VERSION ? await connection.sendRequest(Daemon.state) : undefined;
    } finally {
      clearTimeout(tooLong);
      stream.destroy();
    }
  } catch {
    return undefined; // what there is to see is not worth a failure
  }
}
