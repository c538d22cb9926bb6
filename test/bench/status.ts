import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLedger } from "../../sample/machine.ts";
import { medianTimes, type Row, row } from "../../scripts/bench/row.ts";
import { command } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { createDaemonClient } from "../../src/daemon/client/client.ts";
import { CATALOGUE_VARIABLE } from "../../src/protocol/catalogueHost.ts";
import type { Entry } from "../../src/protocol/endpoint.ts";
import { usageOf } from "../../src/wire/usage.ts";

const ROUNDS = 40;
/** A busy quarter. */
const ENTRIES = 5_000;
const DAY = 86_400_000;

/** What `token-budget status` takes in a terminal, with a daemon that runs and has a history, beside a Node that does nothing. */
export async function bench(): Promise<Row[]> {
  await command(process.execPath, ["esbuild.mjs", "--production"], { cwd: root });
  const home = mkdtempSync(join(tmpdir(), "tb-bench-"));
  const stateDirectory = join(home, "state");
  const env = {
    ...process.env,
    TOKEN_BUDGET_STATE_DIR: stateDirectory,
    TOKEN_BUDGET_LINGER_MS: "500",
    [CATALOGUE_VARIABLE]: "off",
  };
  await writeLedger(stateDirectory, "", Array.from({ length: ENTRIES }, entryOf), 1);
  const daemonScript = join(root, "dist", "daemon.cjs");
  const client = createDaemonClient({ stateDirectory, env, version: "0.1.0", kind: "window", daemonScript, log: () => {} });
  try {
    await client.configure({ refreshPrices: false, plans: [], budgets: [{ limit: "600", unit: "usd", period: "month" }] });
    const node = (...args: string[]) => execFileSync(process.execPath, args, { env, encoding: "utf8" });
    const cli = (...args: string[]) => node(join(root, "dist", "cli.cjs"), ...args);
    if (!/left|used up/.test(cli("status", "--line"))) throw new Error("the line says nothing");
    const times = await medianTimes(
      { line: () => cli("status", "--line"), status: () => cli("status"), bare: () => node("-e", "0") },
      ROUNDS,
    );
    const peers = { "node -e 0": times.bare! };
    return [
      row({
        ...{ name: "status --line", unit: "ms", ours: times.line!, peers, better: "less" },
        goal: { of: "ours", op: "<=", value: 50 },
      }),
      row({ name: "status", unit: "ms", ours: times.status!, peers, better: "less" }),
    ];
  } finally {
    client.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

function entryOf(_: unknown, index: number): Entry {
  return {
    ...{ id: crypto.randomUUID(), at: new Date(Date.now() - (index * 90 * DAY) / ENTRIES).toISOString(), origin: "chat" },
    ...{ provider: "openai", model: `gpt-${index % 7}`, usage: usageOf({ output: 100 }), usageSource: "provider" },
    ...{ cost: "0.1", tokens: "100", held: { usd: "0.1", tokens: "100" }, priceRef: "", policyVersion: 0, allowances: [] },
  };
}
