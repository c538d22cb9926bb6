import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { startSupervised } from "../supervised.ts";
import type { ServerBuild } from "./install.ts";

export interface ServerOptions {
  build: ServerBuild;
  /** Folder of the extension to try: installed as a link, so it runs as a person has it, from the files as they are now. */
  extension?: string;
  /**
   * True for a run of extension tests: the extension is then loaded by `openUrl` as one under development, which this build
   * does only together with its own test driver (and with that shows no notification toasts and few dialogs).
   */
  extensionTests?: boolean;
  /** Everything that VS Code keeps lands here: settings, extensions, logs. Made when missing. */
  dataDir: string;
  /** User settings, over `quietSettings`. Kept as they are in `dataDir` when left out. */
  settings?: Record<string, unknown>;
  /** Vendors of language model providers to show in the chat from the start, or whole groups of models (`chatLanguageModels.json`). */
  chatModels?: (string | ChatModels)[];
  /** Folders of further extensions, installed likewise. */
  extraExtensions?: string[];
  /** Added to the environment of VS Code and its extensions. */
  env?: NodeJS.ProcessEnv;
  /** "none" only for tests: any local user then gets a shell. */
  connectionToken: "none" | string;
  /** True trusts every folder unasked (tests); false leaves the answer to the person. */
  trust: boolean;
}

/** A group of models as VS Code keeps it, with what its vendor takes besides. */
export interface ChatModels extends Record<string, unknown> {
  name: string;
  vendor: string;
}

export interface Server {
  /** Where it listens, as "http://127.0.0.1:34567". */
  url: string;
  port: number;
  token: "none" | string;
  dataDir: string;
  /** Settles when the server has ended, for whatever reason. */
  exited: Promise<unknown>;
  /** Ends the server and all that it started, detached processes included. */
  close(): Promise<void>;
}

/** Settings that keep VS Code's own invitations out of the way of a test or a demonstration. */
export const quietSettings = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "telemetry.telemetryLevel": "off",
  "git.openRepositoryInParentFolders": "never",
  "chat.byokUtilityModelDefault": "mainAgent",
};

/**
 * Starts the VS Code server on a free port of the loopback interface. It ends with this process, whatever ends this process.
 * @throws when the server ends before it listens, with what it printed
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  writeUserFiles(options);
  const { extension, extraExtensions = [], extensionTests = false } = options;
  linkExtensions(extension && !extensionTests ? [extension, ...extraExtensions] : extraExtensions, options.dataDir);
  const args = [
    join(options.build.dir, "out", "server-main.js"),
    ...["--host", "127.0.0.1", "--port", "0", "--accept-server-license-terms", "--disable-telemetry"],
    ...["--server-data-dir", options.dataDir],
    ...(extensionTests ? ["--enable-smoke-test-driver"] : []),
    ...(options.trust ? ["--disable-workspace-trust"] : []),
    ...(options.connectionToken === "none"
      ? ["--without-connection-token"]
      : ["--connection-token-file", writeToken(options.dataDir, options.connectionToken)]),
  ];
  const server = startSupervised(process.execPath, args, { env: { ...ownEnvironment(), ...options.env } });
  const log = createWriteStream(join(options.dataDir, "server.log"));
  server.stdout.pipe(log, { end: false });
  server.stderr.pipe(log, { end: false });
  void server.exited.then(() => log.end());
  const port = await new Promise<number>((found, failed) => {
    createInterface({ input: server.stdout }).on("line", (line) => {
      const match = /^Extension host agent listening on (\d+)/.exec(line);
      if (match) found(Number(match[1]));
    });
    void server.exited.then(() =>
      failed(new Error(`The VS Code server did not start; see ${join(options.dataDir, "server.log")}`)),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    token: options.connectionToken,
    dataDir: options.dataDir,
    exited: server.exited,
    close: server.stop,
  };
}

export interface OpenOptions {
  /** Folder (or .code-workspace file) to open. */
  workspace: string;
  /** A file of the workspace to show at once; relative to it. */
  openFile?: string;
  /** Folder of the extension to load as one under development; only with `extensionTests`. */
  extensionDevelopmentPath?: string;
  /** CommonJS module whose `run()` holds the tests. */
  extensionTestsPath?: string;
}

/** The address that opens `workspace` in the server. Carries the connection token. */
export function openUrl(server: Pick<Server, "url" | "token">, options: OpenOptions): string {
  const url = new URL(server.url);
  if (server.token !== "none") url.searchParams.set("tkn", server.token);
  url.searchParams.set(options.workspace.endsWith(".code-workspace") ? "workspace" : "folder", resolve(options.workspace));
  const remote = (path: string) => `vscode-remote://${url.host}${resolve(path)}`;
  const payload = [["skipWelcome", "true"]];
  if (options.openFile) payload.push(["openFile", remote(resolve(options.workspace, options.openFile))]);
  if (options.extensionDevelopmentPath) payload.push(["extensionDevelopmentPath", remote(options.extensionDevelopmentPath)]);
  if (options.extensionTestsPath) payload.push(["extensionTestsPath", remote(options.extensionTestsPath)]);
  url.searchParams.set("payload", JSON.stringify(payload));
  return url.href;
}

/**
 * Writes settings and chat models where VS Code reads them: `<dataDir>/data` is also the layout of a desktop `--user-data-dir`,
 * but for machine-scoped settings, which a remote window reads from a file of their own.
 */
export function writeUserFiles(options: Pick<ServerOptions, "dataDir" | "settings" | "chatModels" | "extension">): void {
  const user = join(options.dataDir, "data", "User");
  const machine = join(options.dataDir, "data", "Machine");
  mkdirSync(user, { recursive: true });
  mkdirSync(machine, { recursive: true });
  const file = join(user, "settings.json");
  if (options.settings || !existsSync(file)) {
    const settings = { ...quietSettings, ...options.settings };
    const scoped = machineScoped(options.extension);
    writeJson(file, settings);
    writeJson(join(machine, "settings.json"), Object.fromEntries(Object.entries(settings).filter(([name]) => scoped.has(name))));
  }
  if (options.chatModels)
    writeJson(
      join(user, "chatLanguageModels.json"),
      options.chatModels.map((one) => (typeof one === "string" ? { name: one, vendor: one } : one)),
    );
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

interface Manifest {
  publisher: string;
  name: string;
  version: string;
  contributes?: { configuration?: Section | Section[] };
}

interface Section {
  properties?: Record<string, { scope?: string }>;
}

function readManifest(extension: string): Manifest {
  return JSON.parse(readFileSync(join(extension, "package.json"), "utf8")) as Manifest;
}

function machineScoped(extension: string | undefined): Set<string> {
  if (!extension) return new Set();
  const sections = [readManifest(extension).contributes?.configuration ?? []].flat();
  const properties = sections.flatMap((section) => Object.entries(section.properties ?? {}));
  return new Set(properties.filter(([, { scope }]) => scope?.startsWith("machine")).map(([name]) => name));
}

function linkExtensions(folders: string[], dataDir: string): void {
  const home = join(dataDir, "extensions");
  mkdirSync(home, { recursive: true });
  rmSync(join(home, "extensions.json"), { force: true }); // VS Code's list; made again from the folders that are there
  for (const folder of folders) {
    const { publisher, name, version } = readManifest(folder);
    const target = join(home, `${publisher}.${name}-${version}`);
    rmSync(target, { recursive: true, force: true });
    symlinkSync(resolve(folder), target, "junction");
  }
}

/** In a file, because every local user can read a command line. */
function writeToken(dataDir: string, token: string): string {
  const file = join(dataDir, "connection-token");
  writeFileSync(file, token, { mode: 0o600 });
  return file;
}

/** The environment without what an outer VS Code's terminal adds: the inner one would talk to the outer window. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_)/.test(name)));
}
