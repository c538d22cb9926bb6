import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTests, TestRunFailedError } from "@vscode/test-electron";
import { cacheDir, root } from "../root.ts";
import { desktopExecutable, findDesktop } from "./install.ts";
import { writeUserFiles } from "./server.ts";

export interface ExtensionTestOptions {
  /** Folder of the extension under test. */
  extension: string;
  /** CommonJS module whose `run()` holds the tests and rejects when one fails. */
  tests: string;
  /** Folder that the window opens; trusted. */
  workspace: string;
  /** Added to the environment of the extension host. */
  env?: NodeJS.ProcessEnv;
  settings?: Record<string, unknown>;
}

/** Runs tests inside a real extension host, in a profile of their own: the desktop VS Code where there is one, else the npm-borne server. Returns the exit code. */
export async function runExtensionTests(options: ExtensionTestOptions): Promise<number> {
  const desktop = findDesktop();
  const dataDir = mkdtempSync(join(tmpdir(), "token-budget-editor-"));
  writeUserFiles({ dataDir, settings: options.settings ?? {}, extension: options.extension });
  try {
    return await runTests({
      vscodeExecutablePath: desktop ? desktopExecutable(desktop) : shimExecutable(),
      extensionDevelopmentPath: options.extension,
      extensionTestsPath: options.tests,
      launchArgs: [
        options.workspace,
        `--user-data-dir=${join(dataDir, "data")}`,
        `--extensions-dir=${join(dataDir, "extensions")}`,
      ],
      extensionTestsEnv: options.env,
    });
  } catch (error) {
    if (error instanceof TestRunFailedError) return error.code || 1;
    throw error;
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** An executable that runs `shim.ts` on this very Node, whatever PATH says. */
function shimExecutable(): string {
  mkdirSync(cacheDir, { recursive: true });
  const shim = join(root, "scripts", "vscode", "shim.ts");
  const [name, text] =
    process.platform === "win32"
      ? ["code-shim.cmd", `@"${process.execPath}" "${shim}" %*\r\n`]
      : ["code-shim", `#!/bin/sh\nexec '${process.execPath}' '${shim}' "$@"\n`];
  const file = join(cacheDir, name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}
