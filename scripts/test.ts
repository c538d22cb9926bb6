import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chromiumPath } from "./chromium.ts";
import { cacheDir, root } from "./root.ts";
import { startSupervised } from "./supervised.ts";
import { bundleEditorTests } from "./testing/bundleEditorTests.ts";
import { type Counts, countsFileVariable } from "./testing/reporter.ts";
import { findDesktop, installServer } from "./vscode/install.ts";
import { runExtensionTests } from "./vscode/runExtensionTests.ts";

/**
 * `npm test [-- SUITE…]`: all suites in order, or those named. Ends with one line "N passed, N failed" over all of them.
 * A suite that crashes, runs no test, skips one or does not end counts as a failure.
 */

type Outcome = Pick<Counts, "passed" | "failed">;

/** How long a suite may take before it counts as hanging, in milliseconds; and how long it may linger after its last test. */
const suiteLimit = 20 * 60_000;
const lingerLimit = 15_000;

const suites: Record<string, () => Promise<Outcome>> = {
  check: () => succeeds("types, format, lint and layout", ["scripts/check.ts"]),
  unit: () => mocha("{src,scripts,sample}/**/*.test.ts", 20_000),
  // Before the build: it makes bundles of its own, without source maps.
  package: () => succeeds("package", ["scripts/package.ts"]),
  build: () => succeeds("bundles", ["esbuild.mjs"]),
  daemon: () => mocha("test/daemon/**/*.test.ts", 60_000),
  endpoint: () => mocha("test/endpoint/**/*.test.ts", 60_000),
  editor: editorTests,
  e2e: () => endToEnd("test/e2e/!(copilot*).test.ts"),
  copilot: () => endToEnd("test/e2e/copilot*.test.ts"),
};

/**
 * In their order. Lanes of a stage run side by side: where one waits for databases and daemons, or for the reports that assistants send every
 * few seconds, the other computes.
 */
const stages: string[][][] = [
  [["check"]],
  [["package"]],
  [["build"]],
  [["unit"], ["daemon"], ["endpoint"]],
  [["editor"]],
  [["e2e"], ["copilot"]],
];

/** Suites that try the built bundles. */
const needBuild = ["daemon", "endpoint", "editor", "e2e", "copilot"];
const needEditor = ["editor", "e2e", "copilot"];

const chosen = chooseSuites(process.argv.slice(2));
rmSync(join(cacheDir, "failures"), { recursive: true, force: true });
// Downloads go on while the suites that do not need them run.
const editorReady = chosen.some((name) => needEditor.includes(name)) ? prepareEditor() : Promise.resolve();
editorReady.catch(() => {}); // told by the suite that needs it
const outcomes: Outcome[] = [];
let sideBySide = false;
for (const stage of stages) {
  const lanes = stage.map((lane) => lane.filter((name) => chosen.includes(name))).filter((lane) => lane.length > 0);
  sideBySide = lanes.length > 1;
  outcomes.push(...(await Promise.all(lanes.map(runLane))).flat());
}
const total = sum(outcomes);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
console.log(`\n${total.passed} passed, ${total.failed} failed`);

function chooseSuites(named: string[]): string[] {
  const all = Object.keys(suites);
  const unknown = named.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    console.error(`No suite is called ${unknown.join(", ")}. Suites: ${all.join(", ")}`);
    process.exit(2);
  }
  if (named.length === 0) return all;
  const wanted = new Set([...named, ...(named.some((name) => needBuild.includes(name)) ? ["build"] : [])]);
  return all.filter((name) => wanted.has(name));
}

async function prepareEditor(): Promise<void> {
  const log = (line: string) => console.error(`[editor] ${line}`);
  await chromiumPath(log);
  await installServer(log);
}

async function runLane(lane: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const name of lane) outcomes.push(await runSuite(name));
  return outcomes;
}

async function runSuite(name: string): Promise<Outcome> {
  console.log(`\n=== ${name} ===`);
  const start = performance.now();
  const outcome = await attempt(name);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`--- ${name}: ${outcome.passed} passed, ${outcome.failed} failed (${seconds} s)`);
  return outcome;
}

async function attempt(name: string): Promise<Outcome> {
  try {
    if (needEditor.includes(name)) await editorReady;
    return await suites[name]!();
  } catch (error) {
    console.error(error);
    return { passed: 0, failed: 1 };
  }
}

/** Runs a script to its end; one test, passed when it exits with 0. */
async function succeeds(what: string, args: string[]): Promise<Outcome> {
  const code = await run(args);
  console.log(`${code === 0 ? "passed" : "FAILED"}: ${what}`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs test files in a Mocha of their own. `timeout` is for each test, in milliseconds. */
function mocha(pattern: string, timeout: number, options: string[] = []): Promise<Outcome> {
  const files = globSync(pattern, { cwd: root }).sort();
  return counted((countsFile) => {
    if (files.length === 0) return Promise.resolve(1);
    const args = [
      "--forbid-only",
      "--forbid-pending",
      "--timeout",
      String(timeout),
      "--reporter",
      "scripts/testing/reporter.ts",
      ...options,
    ];
    return run(["node_modules/mocha/bin/mocha.js", ...args, ...files], countsFile);
  });
}

function endToEnd(pattern: string): Promise<Outcome> {
  return mocha(pattern, 180_000, ["--require", "test/e2e/driver.ts"]);
}

function editorTests(): Promise<Outcome> {
  return counted(async (countsFile) => {
    const tests = await bundleEditorTests();
    const home = mkdtempSync(join(tmpdir(), "tb-editor-")); // short: the daemon's socket lies in it
    const workspace = join(home, "workspace"); // a copy, for tests that write into it
    cpSync(join(root, "sample", "workspace"), workspace, { recursive: true });
    console.log(findDesktop() ? "in the desktop VS Code" : "in the npm-borne VS Code");
    try {
      const env = { TOKEN_BUDGET_STATE_DIR: join(home, "state"), [countsFileVariable]: countsFile };
      mkdirSync(env.TOKEN_BUDGET_STATE_DIR, { mode: 0o700 });
      return await runExtensionTests({ extension: root, tests, workspace, env });
    } finally {
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}

/** Runs tests that write their counts to a file, and judges: what was counted, and whether the run itself went well. */
async function counted(runTests: (countsFile: string) => Promise<number>): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), "tb-counts-"));
  const file = join(dir, "counts.json");
  try {
    const code = await runTests(file);
    if (!existsSync(file)) return blame({ passed: 0, failed: 0 }, "the tests did not run to their end");
    const { passed, failed, pending } = JSON.parse(readFileSync(file, "utf8")) as Counts;
    const outcome = { passed, failed: failed + pending };
    if (pending > 0) console.error(`${pending} tests were skipped, which counts as failed`);
    if (passed + outcome.failed === 0) return blame(outcome, "no test ran");
    if (code !== 0 && outcome.failed === 0) return blame(outcome, `the run ended with code ${code} though every test passed`);
    return outcome;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function blame(outcome: Outcome, what: string): Outcome {
  console.error(`FAILED: ${what}`);
  return { ...outcome, failed: outcome.failed + 1 };
}

/**
 * Runs a Node script of this repository with its output shown (when it is over, where others run beside it); it and all that it starts end
 * with this process. Returns the exit code.
 */
async function run(args: string[], countsFile?: string): Promise<number> {
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: join(cacheDir, "compiled"), // tests start hundreds of processes, which would compile the same files each
    ...(countsFile && { [countsFileVariable]: countsFile }),
    ...(process.stdout.isTTY && { FORCE_COLOR: "1" }),
  };
  const child = startSupervised(process.execPath, args, { cwd: root, env });
  const kept: Buffer[] = [];
  const outputs = [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const;
  for (const [from, to] of outputs) {
    if (sideBySide) from.on("data", (chunk: Buffer) => kept.push(chunk));
    else from.pipe(to, { end: false });
  }
  const over = new AbortController();
  let hung = false;
  tooLong(over.signal, countsFile).then(
    (reason) => {
      console.error(`FAILED: ${reason}`);
      hung = true;
      return child.stop();
    },
    () => {}, // aborted: the script ended by itself
  );
  const code = await child.exited;
  over.abort();
  process.stdout.write(Buffer.concat(kept));
  return hung ? 1 : (code ?? 1);
}

/** Settles with a reason when a suite hangs: far beyond its time, or still alive after its tests are counted. */
async function tooLong(signal: AbortSignal, countsFile: string | undefined): Promise<string> {
  for (const start = Date.now(); Date.now() - start < suiteLimit; ) {
    await delay(1000, undefined, { signal });
    if (!countsFile || !existsSync(countsFile)) continue;
    await delay(lingerLimit, undefined, { signal });
    return `something is still open ${lingerLimit / 1000} s after the last test`;
  }
  return `not done after ${suiteLimit / 60_000} minutes`;
}

function sum(outcomes: Outcome[]): Outcome {
  return outcomes.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}
