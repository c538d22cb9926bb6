// Stands in for the desktop's executable in @vscode/test-electron's `runTests`: takes the same arguments, runs the tests in the
// npm-borne VS Code with a headless Chromium as its window, prints the tests' report and exits with the outcome.
import { createWriteStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import { format, parseArgs } from "node:util";
import { cacheDir } from "../root.ts";
import { reportMark } from "../testing/reporter.ts";
import { openWorkbench, saveFailure } from "./browser.ts";
import { installServer } from "./install.ts";
import { openUrl, startServer } from "./server.ts";

const { values, positionals } = parseArgs({
  options: {
    extensionDevelopmentPath: { type: "string" },
    extensionTestsPath: { type: "string" },
    "user-data-dir": { type: "string" },
  },
  strict: false, // the desktop's other arguments mean nothing here
  allowPositionals: true,
});
const extension = required("extensionDevelopmentPath");
const tests = required("extensionTestsPath");
const userData = required("user-data-dir");
const workspace = positionals[0];
if (!workspace) throw new Error("a folder to open is missing");
if (basename(userData) !== "data") throw new Error(`--user-data-dir must end in "data", the server's own layout: ${userData}`);

const hostLogFile = join(cacheDir, "extension-host.log");
const hostLog = createWriteStream(hostLogFile);

process.exitCode = await runInServer(workspace);

async function runInServer(folder: string): Promise<number> {
  const log = (line: string) => console.error(line);
  const server = await startServer({
    build: await installServer(log),
    extension,
    extensionTests: true,
    dataDir: dirname(userData),
    connectionToken: "none",
    trust: true,
  });
  const outcome = Promise.withResolvers<number>();
  void server.exited.then(() => outcome.reject(new Error("the VS Code server ended before the tests did")));
  const window = await openWorkbench(
    openUrl(server, { workspace: folder, extensionDevelopmentPath: extension, extensionTestsPath: tests }),
    {
      log,
      prepare: async (page) => {
        await page.exposeFunction("codeAutomationLog", printLog);
        await page.exposeFunction("codeAutomationExit", (code: number) => outcome.resolve(code));
        page.on("crash", () => outcome.reject(new Error("the window crashed")));
      },
    },
  );
  try {
    const code = await outcome.promise;
    if (code !== 0) log(`See ${[...(await saveFailure("extension tests")), hostLogFile].join(" and ")}`);
    return code;
  } finally {
    await window.close();
    await server.close();
    hostLog.end();
  }
}

/** `args` are what the extension host gave to its console. Only the tests' report is for people to read; all goes to a file. */
function printLog(type: string, args: unknown[]): void {
  const text = format(...args);
  hostLog.write(`${type}: ${text}\n`);
  if (text.startsWith(reportMark)) console.log(text.slice(reportMark.length));
}

function required(name: "extensionDevelopmentPath" | "extensionTestsPath" | "user-data-dir"): string {
  const value = values[name];
  if (typeof value !== "string") throw new Error(`--${name}=… is missing`);
  return value;
}
