import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createDaemonClient } from "../../../src/daemon/client/client.ts";
import type { DaemonClient } from "../../../src/protocol/client.ts";

/** What was measured in an extension host, in milliseconds. */
export interface HostTimes {
  /** From making the client to its first state, the daemon not running before. */
  start: number;
  /** The same, the daemon running: what a reload takes. */
  again: number;
  /** A question and its answer, one after another. */
  roundTrips: number[];
  /** The longest that the host's thread was held up while all of that went on, and while nothing did. */
  longestBlock: number;
  longestBlockIdle: number;
}

const ROUND_TRIPS = 1_000;

/** Run by an extension host: measures a window's way to the daemon, and writes what it found to TOKEN_BUDGET_BENCH. */
export async function run(): Promise<void> {
  const { TOKEN_BUDGET_BENCH: result, TOKEN_BUDGET_BENCH_DAEMON: daemonScript } = process.env;
  const idle = await longestBlock(() => new Promise((resolve) => setTimeout(resolve, 3_000)));
  const times: HostTimes = { start: 0, again: 0, roundTrips: [], longestBlock: 0, longestBlockIdle: idle };
  times.longestBlock = await longestBlock(async () => {
    const { client, took } = await connect(daemonScript!);
    times.start = took;
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const begun = performance.now();
      await client.uploads();
      times.roundTrips.push(performance.now() - begun);
    }
    const second = await connect(daemonScript!);
    times.again = second.took;
    client.dispose();
    second.client.dispose();
  });
  writeFileSync(result!, JSON.stringify(times));
}

async function connect(daemonScript: string): Promise<{ client: DaemonClient; took: number }> {
  const begun = performance.now();
  const client = createDaemonClient({ version: "0.1.0", kind: "window", daemonScript, log: () => {} });
  while (!client.state) {
    if (client.link.phase === "failed") throw new Error(client.link.reason);
    await new Promise<void>((resolve) => {
      const watching = client.onDidChange(() => resolve(watching.dispose()));
    });
  }
  return { client, took: performance.now() - begun };
}

async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const RESOLUTION = 1;
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  await work();
  delay.disable();
  return Math.max(0, delay.max / 1e6 - RESOLUTION);
}
