import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, type Row, row } from "../../scripts/bench/row.ts";
import { command } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { runExtensionTests } from "../../scripts/vscode/runExtensionTests.ts";

/** Fresh extension hosts to measure in. */
const HOSTS = 5;

interface Times {
  ours: number;
  empty: number;
}

/**
 * Activation (loading the bundle, and `activate` with the host's own context) beside an extension that does nothing, in the same real
 * extension host. Each host measures each once, cold; which goes first alternates.
 */
export async function bench(): Promise<Row[]> {
  await command(process.execPath, ["esbuild.mjs", "--production"], { cwd: root });
  const times: Times[] = [];
  for (let host = 0; host < HOSTS; host++) times.push(await measure(host % 2 === 0));
  const ours = median(times.map((time) => time.ours));
  const empty = median(times.map((time) => time.empty));
  const size = statSync(join(root, "dist", "extension.cjs")).size / 1024;
  return [
    row({
      name: "load and activate, cold",
      unit: "ms",
      ours,
      peers: { "empty extension": empty },
      better: "less",
      goal: { of: "ours", op: "<=", value: 100 },
    }),
    row({
      name: "bundle loaded at activation",
      unit: "KB",
      ours: size,
      peers: {},
      better: "less",
      goal: { of: "ours", op: "<=", value: 400 },
    }),
  ];
}

/** One extension host: our manifest and files under a main module that times both. */
async function measure(oursFirst: boolean): Promise<Times> {
  const home = mkdtempSync(join(tmpdir(), "tb-bench-"));
  try {
    const extension = join(home, "extension");
    mkdirSync(join(home, "state"), { mode: 0o700 });
    for (const part of ["dist", "media", "package.nls.json"])
      cpSync(join(root, part), join(extension, part), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    writeFileSync(join(extension, "package.json"), JSON.stringify({ ...manifest, main: "./timed.cjs", activationEvents: [] }));
    writeFileSync(join(extension, "empty.cjs"), "exports.activate = () => {};");
    writeFileSync(join(extension, "timed.cjs"), timedMain(oursFirst));
    writeFileSync(join(home, "tests.cjs"), TESTS);
    const result = join(home, "times.json");
    const env = { TOKEN_BUDGET_STATE_DIR: join(home, "state"), TOKEN_BUDGET_BENCH: result, TOKEN_BUDGET_LINGER_MS: "500" };
    const code = await runExtensionTests({
      extension,
      tests: join(home, "tests.cjs"),
      workspace: join(root, "sample", "workspace"),
      env,
    });
    if (code !== 0) throw new Error(`the extension host ended with ${code}`);
    return JSON.parse(readFileSync(result, "utf8")) as Times;
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

function timedMain(oursFirst: boolean): string {
  const order = ["empty", "ours"];
  return `
const files = { ours: "./dist/extension.cjs", empty: "./empty.cjs" };
exports.activate = (context) => {
  const times = {};
  for (const name of ${JSON.stringify(oursFirst ? order.toReversed() : order)}) {
    const start = performance.now();
    require(files[name]).activate(context);
    times[name] = performance.now() - start;
  }
  return times;
};`;
}

const TESTS = `
const vscode = require("vscode");
const { writeFileSync } = require("node:fs");
exports.run = async () => {
  const times = await vscode.extensions.getExtension("token-budget.token-budget").activate();
  writeFileSync(process.env.TOKEN_BUDGET_BENCH, JSON.stringify(times));
};`;
