import type { Socket } from "node:net";

/**
 * Makes one request of a daemon and reads its answer, without the JSON-RPC library: it takes longer to load than some programs may run.
 * Only for requests that need no hello. Undefined where the connection ends before the answer.
 * @throws Error with the daemon's words where it does not answer the request
 */
export async function oneRequest(socket: Socket, method: string, params?: object): Promise<{ result: unknown } | undefined> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, ...(params && { params }) });
  socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const text = await firstMessage(socket);
  if (text === undefined) return undefined;
  const { result, error } = JSON.parse(text) as { result?: unknown; error?: { message?: unknown } };
  if (error) throw new Error(String(error.message));
  return { result };
}

/** The body of the first message, framed as in the Language Server Protocol's base protocol; undefined where none comes. */
function firstMessage(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const start = received.indexOf("\r\n\r\n") + 4;
      const length = /Content-Length: (\d+)/i.exec(received.toString("latin1", 0, start))?.[1];
      if (length && received.length >= start + Number(length)) resolve(received.toString("utf8", start, start + Number(length)));
    });
    socket.on("error", () => {}); // ends in `close`
    socket.once("end", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
}
