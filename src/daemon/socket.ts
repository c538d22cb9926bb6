import { createConnection, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { preparePrivateFolder } from "./stateDirectory.ts";

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the final NUL included. */
const LONGEST = 100;

/** Where the daemon of a state directory listens: a socket in it, or in a short folder where that is too long; on Windows a named pipe. */
export function socketPathOf(stateDirectory: string): string {
  if (process.platform === "win32")
    return `\\\\.\\pipe\\token-budget-${digest(`${os().userInfo().username}\n${stateDirectory}`)}`;
  const path = join(stateDirectory, "daemon.sock");
  if (Buffer.byteLength(path) <= LONGEST) return path;
  return join(os().tmpdir(), `token-budget-${process.getuid?.()}`, digest(stateDirectory));
}

/** Makes sure that nobody else can put a socket where the daemon's is looked for. @throws Error, for people */
export function prepareSocketFolder(socketPath: string): void {
  if (process.platform !== "win32") preparePrivateFolder(dirname(socketPath));
}

/** Connects to the daemon; undefined where nobody listens. @throws Error when it cannot be known */
export function connectTo(socketPath: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) =>
      ["ENOENT", "ECONNREFUSED", "ENOTSOCK"].includes(error.code ?? "") ? resolve(undefined) : reject(error),
    );
  });
}

// Loaded where they are needed alone: what runs before every prompt of a shell or an agent has no time for them.
const os = () => process.getBuiltinModule("node:os");

function digest(text: string): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
