import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { median, type Row, row } from "../../scripts/bench/row.ts";
import { command } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { runExtensionTests } from "../../scripts/vscode/runExtensionTests.ts";
import { createDaemonClient } from "../../src/daemon/client/client.ts";
import { CATALOGUE_VARIABLE } from "../../src/protocol/catalogueHost.ts";
import { closeDatabase, startBudget } from "../daemon/support/budget.ts";
import type { HostTimes } from "./daemon/host.ts";
import { watchIdle } from "./daemon/idle.ts";

/** Fresh extension hosts to measure in. */
const HOSTS = 3;
/** How long an idle daemon is watched (ms): an hour by TOKEN_BUDGET_BENCH_IDLE_MS=3600000. */
const IDLE = Number(process.env.TOKEN_BUDGET_BENCH_IDLE_MS ?? 120_000);
/** After its start, before it counts as idle (ms). */
const AT_REST = 15_000;
const DAEMON = join(root, "dist", "daemon.cjs");

/** What the daemon takes: of a window's time, as a real extension host sees it, and of the machine while nothing happens. */
export async function bench(): Promise<Row[]> {
  await command(process.execPath, ["esbuild.mjs", "--production"], { cwd: root });
  const hosts: HostTimes[] = [];
  for (let host = 0; host < HOSTS; host++) hosts.push(await inHost());
  const own = (name: string, unit: string, ours: number, value?: number): Row =>
    row({ name, unit, ours, peers: {}, better: "less", ...(value !== undefined && { goal: { of: "ours", op: "<=", value } }) });
  const over = (figure: (times: HostTimes) => number) => median(hosts.map(figure));
  return [
    own(
      "start to first state, no daemon running",
      "ms",
      over(({ start }) => start),
      1_000,
    ),
    own(
      "start to first state, a daemon running",
      "ms",
      over(({ again }) => again),
      100,
    ),
    own(
      "round trip of a message from an extension host",
      "ms",
      over(({ roundTrips }) => median(roundTrips)),
      5,
    ),
    own(
      "longest block of the host's thread meanwhile",
      "ms",
      over(({ longestBlock }) => longestBlock),
    ),
    own(
      "longest block of the host's thread, doing nothing",
      "ms",
      over(({ longestBlockIdle }) => longestBlockIdle),
    ),
    ...(await idleRows(own)),
  ];
}

async function inHost(): Promise<HostTimes> {
  const home = mkdtempSync(join(tmpdir(), "tb-bench-"));
  try {
    const [extension, tests, result] = ["extension", "tests.cjs", "times.json"].map((name) => join(home, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(extension);
    mkdirSync(join(home, "state"), { mode: 0o700 });
    const manifest = { name: "empty", publisher: "test", version: "0.0.1", engines: { vscode: "*" }, main: "./main.cjs" };
    writeFileSync(join(extension, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(extension, "main.cjs"), "exports.activate = () => {};");
    await build({
      ...{ entryPoints: [join(root, "test", "bench", "daemon", "host.ts")], outfile: tests, logLevel: "warning" },
      ...{ bundle: true, platform: "node", format: "cjs", target: "node22" },
    });
    const env = {
      ...{ TOKEN_BUDGET_STATE_DIR: join(home, "state"), TOKEN_BUDGET_LINGER_MS: "500", [CATALOGUE_VARIABLE]: "off" },
      ...{ TOKEN_BUDGET_BENCH: result, TOKEN_BUDGET_BENCH_DAEMON: DAEMON },
    };
    const code = await runExtensionTests({ extension, tests, workspace: join(root, "sample", "workspace"), env });
    if (code !== 0) throw new Error(`the extension host ended with ${code}`);
    return JSON.parse(readFileSync(result, "utf8")) as HostTimes;
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A daemon with one window, signed in at an endpoint that has nothing to say. */
async function idleRows(own: (name: string, unit: string, ours: number, goal?: number) => Row): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "tb-bench-"));
  const env = {
    ...process.env,
    TOKEN_BUDGET_STATE_DIR: join(home, "state"),
    TOKEN_BUDGET_LINGER_MS: "500",
    [CATALOGUE_VARIABLE]: "off",
  };
  const team = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }] });
  const client = createDaemonClient({ version: "0.1.0", kind: "window", daemonScript: DAEMON, env, log: () => {} });
  try {
    const { phase } = await client.connectAccount(team.url, team.token);
    if (phase !== "live") throw new Error(`not signed in: ${phase}`);
    const pid = Number(/\[(\d+)\] version \S+ serves$/m.exec(readFileSync(join(home, "state", "daemon.log"), "utf8"))?.[1]);
    await watchIdle(pid, AT_REST);
    const { cpu, wakeUps, memory } = await watchIdle(pid, IDLE);
    const span = `${Math.round(IDLE / 1000)} s`;
    return [
      own(`idle, signed in, ${span}: processor`, "% of a core", cpu * 100, 0.5),
      own(`idle, signed in, ${span}: times woken`, "a minute", wakeUps),
      own(`idle, signed in, ${span}: memory`, "MB", memory, 150),
    ];
  } finally {
    client.dispose();
    await team.close();
    await closeDatabase();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
