import { RECENT_DAYS } from "../../budget/spending/recentSpending.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import { reachDaemon } from "./reach.ts";
import type { Terminal } from "./terminal.ts";
import { statusText } from "./text.ts";

/** `status`: what the meter and its hover show. Answers the exit code: 1 when there is no daemon. Disposes of the client. */
export async function status(client: DaemonClient, options: { json?: boolean }, terminal: Terminal): Promise<number> {
  try {
    const state = await reachDaemon(client, terminal);
    if (!state) {
      terminal.err(`Token Budget's daemon cannot be reached: ${client.link.reason ?? "it does not answer"}`);
      return 1;
    }
    if (options.json) terminal.out(JSON.stringify(state, undefined, 2));
    else terminal.out(statusText(state, await client.history(RECENT_DAYS), Date.now() + state.clockSkew));
    return 0;
  } finally {
    client.dispose();
  }
}
