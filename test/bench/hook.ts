import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { medianTimes, type Row, row } from "../../scripts/bench/row.ts";
import { command } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { createDaemonClient } from "../../src/daemon/client/client.ts";
import { CATALOGUE_VARIABLE } from "../../src/protocol/catalogueHost.ts";

const ROUNDS = 40;
/** A prompt with a file pasted into it. */
const PROMPT = "Why does the ferry leave before the train arrives? ".repeat(400);

/** What an agent waits for its hook where nothing must be asked, from its start to its end, beside a Node that does nothing. */
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
  const daemonScript = join(root, "dist", "daemon.cjs");
  const client = createDaemonClient({ stateDirectory, env, version: "0.1.0", kind: "window", daemonScript, log: () => {} });
  try {
    await client.configure({ refreshPrices: false, plans: [], budgets: [{ limit: "600000", unit: "usd", period: "month" }] });
    const hook = (name: string, more: object) => {
      const event = { hook_event_name: name, timestamp: new Date().toISOString(), cwd: home, ...more };
      const out = execFileSync(process.execPath, [join(root, "dist", "hook.cjs")], { env, input: JSON.stringify(event) });
      if (out.length > 0) throw new Error(`${name} was not let go: ${out}`);
    };
    const prompt = (session: string) => hook("UserPromptSubmit", { session_id: session, prompt: PROMPT });
    hook("SessionStart", { session_id: "running", source: "new", model: "gpt-5-mini" });
    prompt("running");
    const times = await medianTimes(
      {
        prompt: () => prompt(randomUUID()),
        tool: () => hook("PreToolUse", { session_id: "running", tool_name: "read_file", tool_use_id: randomUUID() }),
        bare: () => execFileSync(process.execPath, ["-e", "0"], { env }),
      },
      ROUNDS,
    );
    const goal = { of: "ours", op: "<=", value: 60 } as const;
    const peers = { "node -e 0": times.bare! };
    return [
      row({ name: "hook before a prompt of 20 kB", unit: "ms", ours: times.prompt!, peers, better: "less", goal }),
      row({ name: "hook before a tool", unit: "ms", ours: times.tool!, peers, better: "less", goal }),
    ];
  } finally {
    client.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
