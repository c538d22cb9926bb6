import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type SampleRole, sampleRoles, sampleSettings, startSample } from "../sample/sample.ts";
import { command, step } from "./command.ts";
import { root } from "./root.ts";
import { startSupervised } from "./supervised.ts";
import { openWorkbench, type Workbench } from "./vscode/browser.ts";
import { findDesktop, installServer } from "./vscode/install.ts";
import { openUrl, type Server, startServer, writeUserFiles } from "./vscode/server.ts";

/**
 * `npm start`: the whole product on this machine: a sample team on the embedded endpoint, a demo model, and VS Code with
 * the extension, signed in as one of the team. Ctrl-C ends all of it.
 */

const usage = `npm start -- [--as ${sampleRoles.join("|")}] [--screenshot FILE]`;
const workspace = join(root, "sample", "workspace");
/** Everything that a run leaves behind; made anew by the next one. */
const stateDir = join(root, ".sample");

const log = (line: string) => console.error(line);
const { role, screenshot } = readArguments();

rmSync(stateDir, { recursive: true, force: true });
mkdirSync(stateDir, { recursive: true, mode: 0o700 });
await step(log, "Building", () => command(process.execPath, ["esbuild.mjs"], { cwd: root }));
const sample = await step(log, "Starting the endpoint, the sample team and the demo model", () => startSample(stateDir));
await sample.writeLedger(role, join(stateDir, "state"));
const desktop = screenshot ? undefined : findDesktop();

try {
  if (screenshot) await takeScreenshot(resolve(screenshot));
  else if (desktop) await runDesktop(desktop);
  else await runServer();
} finally {
  await sample.close();
}

function readArguments(): { role: SampleRole; screenshot?: string } {
  try {
    const { values } = parseArgs({ options: { as: { type: "string", default: "healthy" }, screenshot: { type: "string" } } });
    const role = sampleRoles.find((name) => name === values.as);
    if (!role) throw new Error(`--as takes one of ${sampleRoles.join(", ")}`);
    return { role, ...(values.screenshot && { screenshot: values.screenshot }) };
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: ${usage}`);
    process.exit(2);
  }
}

/** Settings and environment that connect the extension as the sample's developer. */
function connection() {
  return {
    settings: sampleSettings(sample),
    env: {
      TOKEN_BUDGET_TOKEN: sample.people[role].token,
      TOKEN_BUDGET_STATE_DIR: join(stateDir, "state"),
      TOKEN_BUDGET_LINGER_MS: "5000",
    },
  };
}

async function runDesktop(code: string): Promise<void> {
  const { settings, env } = connection();
  const dataDir = join(stateDir, "vscode");
  writeUserFiles({ dataDir, settings, chatModels: ["token-budget"] });
  const editor = startSupervised(
    code,
    [
      `--extensionDevelopmentPath=${root}`,
      `--user-data-dir=${join(dataDir, "data")}`,
      `--extensions-dir=${join(dataDir, "extensions")}`,
      ...["--new-window", "--wait", "--skip-welcome", workspace],
    ],
    { env: { ...process.env, ...env } },
  );
  log(`VS Code is opening as ${sample.people[role].name}. Close it, or press Ctrl-C here, to end everything.`);
  await Promise.race([editor.exited, interrupted()]);
  await editor.stop();
}

async function runServer(): Promise<void> {
  const server = await serve(false);
  console.log(`
  Token Budget is running. You are ${sample.people[role].name} of the sample team.
  Open this address in a browser (it carries a secret; it is good until you press Ctrl-C):

    ${openUrl(server, { workspace })}

  Others to be: ${sampleRoles
    .filter((name) => name !== role)
    .map((name) => `npm start -- --as ${name}`)
    .join(", ")}
  Push another policy while it runs:
    set -a; . .sample/lead.env; npm run endpoint -- policy push sample/policy.json
`);
  await Promise.race([server.exited, interrupted()]);
  log("Ending VS Code, the endpoint and the demo model …");
  await server.close();
}

async function takeScreenshot(file: string): Promise<void> {
  const server = await serve(true);
  let window: Workbench | undefined;
  try {
    window = await step(log, "Opening VS Code without a screen", () =>
      openWorkbench(openUrl(server, { workspace, openFile: ".github/prompts/review.prompt.md" }), {
        log,
        deviceScaleFactor: 2,
        viewport: { width: 1120, height: 700 },
      }),
    );
    await step(log, "Waiting for the meter", () =>
      window!
        .statusItem("tokenBudget.meter")
        .filter({ hasText: /left|used up/ })
        .waitFor(),
    );
    await window.statusItem("tokenBudget.estimate").filter({ hasText: "tokens" }).waitFor();
    await window.runCommand("Notifications: Clear All Notifications");
    await window.hoverStatusItem("tokenBudget.meter");
    await window.screenshot(file);
    log(`Saved ${file}`);
  } finally {
    await window?.close();
    await server.close();
  }
}

async function serve(trust: boolean): Promise<Server> {
  const build = await installServer(log);
  const { settings, env } = connection();
  const dataDir = join(stateDir, "vscode");
  const connectionToken = randomBytes(24).toString("hex");
  return step(log, "Starting VS Code", () =>
    startServer({ build, extension: root, dataDir, settings, env, chatModels: ["token-budget"], connectionToken, trust }),
  );
}

function interrupted(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => done());
  });
}
