import type { Socket } from "node:net";
import { connectTo, socketPathOf } from "../socket.ts";

/** How long the daemon may take, in milliseconds: somebody's prompt waits. */
const PATIENCE = 500;
/** A line of a terminal, in UTF-16 units. */
const LONGEST = 120;

/**
 * What the meter shows, on one line of plain text; undefined where no daemon runs, or none that answers in time. Starts none, says no hello and
 * loads no JSON-RPC library, because it runs each time that a shell shows its prompt: one message there, one back.
 */
export async function glance(stateDirectory: string): Promise<string | undefined> {
  const socket = await connectTo(socketPathOf(stateDirectory)).catch(() => undefined);
  if (!socket) return undefined;
  const tooLong = setTimeout(() => socket.destroy(), PATIENCE);
  try {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "glance" });
    socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    const { result } = JSON.parse(await firstMessage(socket)) as { result?: unknown };
    return typeof result === "string" ? printable(result) : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(tooLong);
    socket.destroy();
  }
}

/** The body of the first message, framed as in the Language Server Protocol's base protocol. Empty where the connection ends before. */
async function firstMessage(socket: Socket): Promise<string> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    const start = received.indexOf("\r\n\r\n") + 4;
    const length = /Content-Length: (\d+)/i.exec(received.toString("latin1", 0, start))?.[1];
    if (length && received.length >= start + Number(length)) return received.toString("utf8", start, start + Number(length));
  }
  return "";
}

/** Names in it are somebody's words: nothing in them may move a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "").slice(0, LONGEST);
}
