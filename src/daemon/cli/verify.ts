import type { DaemonClient } from "../../protocol/client.ts";
import { reachDaemon } from "./reach.ts";
import type { Terminal } from "./terminal.ts";

/** `verify`: compares the ledger with its journal. Answers the exit code: 1 when that cannot be done, 3 where they differ. Disposes of the client. */
export async function verify(client: DaemonClient, terminal: Terminal): Promise<number> {
  try {
    const state = await reachDaemon(client, terminal);
    if (!state) {
      terminal.err(`Token Budget's daemon cannot be reached: ${client.link.reason ?? "it does not answer"}`);
      return 1;
    }
    if (state.ledgerWarning) terminal.err(state.ledgerWarning);
    const { lines, entries, differences } = await client.verify();
    for (const difference of differences) terminal.out(difference);
    const result = differences.length === 0 ? "all is as the journal says" : `differences: ${differences.length}`;
    terminal.out(`${entries} entries, ${lines} lines of the journal: ${result}.`);
    return differences.length === 0 ? 0 : 3;
  } catch (error) {
    terminal.err(`The ledger cannot be read: ${(error as Error).message}`);
    return 1;
  } finally {
    client.dispose();
  }
}
