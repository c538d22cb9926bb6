import { connectTo, socketPathOf } from "../socket.ts";
import { oneRequest } from "./oneRequest.ts";

/** How long the daemon may take, in milliseconds: somebody's prompt waits. */
const PATIENCE = 500;
/** A line of a terminal, in UTF-16 units. */
const LONGEST = 120;

/**
 * What the meter shows, on one line of plain text; undefined where no daemon runs, or none that answers in time. Starts none, because it runs
 * each time that a shell shows its prompt: one message there, one back.
 */
export async function glance(stateDirectory: string): Promise<string | undefined> {
  const socket = await connectTo(socketPathOf(stateDirectory)).catch(() => undefined);
  if (!socket) return undefined;
  const tooLong = setTimeout(() => socket.destroy(), PATIENCE);
  try {
    const answer = await oneRequest(socket, "glance");
    return typeof answer?.result === "string" ? printable(answer.result) : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(tooLong);
    socket.destroy();
  }
}

/** Names in it are somebody's words: nothing in them may move a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "").slice(0, LONGEST);
}
