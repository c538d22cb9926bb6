import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/root.ts";
import { type BrowserOptions, openWorkbench, saveFailure, type Workbench } from "../../scripts/vscode/browser.ts";
import { installServer } from "../../scripts/vscode/install.ts";
import { type ChatModels, openUrl, type Server, startServer } from "../../scripts/vscode/server.ts";

/** What a test chooses about its editor. */
export interface EditorOptions {
  settings?: Record<string, unknown>;
  /** Added to the environment of the extension and of the daemon that it starts. */
  env?: NodeJS.ProcessEnv;
  /** A folder whose copy is opened; the sample workspace unless given. */
  workspace?: string;
  /** A file of the workspace to show at once. */
  openFile?: string;
  extraExtensions?: string[];
  /** Models of the chat besides Token Budget's own. */
  chatModels?: ChatModels[];
  /** False leaves the question whether the folder is trusted to the test; true unless given. */
  trust?: boolean;
  browser?: BrowserOptions;
  /** Puts something into the daemon's state directory before anything runs. */
  prepare?: (stateDir: string) => Promise<void>;
}

/** A VS Code of a test's own, with the extension in it: nothing of it is shared with another test or with the person. */
export interface TestEditor {
  server: Server;
  window: Workbench;
  /** The copy of the workspace that is open. */
  workspace: string;
  /** The daemon's state directory. */
  stateDir: string;
  /** The person's home folder. */
  home: string;
  /** Opens another window on the same server. */
  openWindow(): Promise<Workbench>;
  close(): Promise<void>;
}

const open = new Set<TestEditor>();

/** Starts VS Code with the built extension (`npm run build` first) on a copy of a workspace; closed at the end of the run at the latest. */
export async function startEditor(options: EditorOptions = {}): Promise<TestEditor> {
  const build = await installServer(console.error);
  const folder = mkdtempSync(join(tmpdir(), "tb-e2e-")); // short: the daemon's socket lies in it
  const [workspace, stateDir, home] = [join(folder, "workspace"), join(folder, "state"), join(folder, "home")];
  mkdirSync(home);
  cpSync(options.workspace ?? join(root, "sample", "workspace"), workspace, { recursive: true });
  mkdirSync(stateDir, { mode: 0o700 });
  await options.prepare?.(stateDir);
  const server = await startServer({
    build,
    extension: root,
    dataDir: join(folder, "vscode"),
    settings: options.settings ?? {},
    chatModels: ["token-budget", ...(options.chatModels ?? [])],
    extraExtensions: options.extraExtensions ?? [],
    env: { HOME: home, TOKEN_BUDGET_STATE_DIR: stateDir, ...options.env },
    connectionToken: randomBytes(16).toString("hex"),
    trust: options.trust ?? true,
  });
  const url = openUrl(server, { workspace, ...(options.openFile && { openFile: options.openFile }) });
  const drop = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const window = await openWorkbench(url, options.browser);
    const editor: TestEditor = {
      server,
      window,
      workspace,
      stateDir,
      home,
      openWindow: () => window.openWindow(url),
      close: async () => {
        open.delete(editor);
        await window.close();
        await server.close();
        drop();
      },
    };
    open.add(editor);
    return editor;
  } catch (error) {
    await server.close();
    drop();
    throw error;
  }
}

/** Mocha's root hooks for these tests (`--require`): keeps what a failed test's windows showed, and closes what was left open. */
export const mochaHooks = {
  async afterEach(this: Mocha.Context) {
    if (this.currentTest?.state === "failed")
      console.error(`      See ${(await saveFailure(this.currentTest.fullTitle())).join(", ")}`);
  },
  async afterAll() {
    for (const editor of open) await editor.close();
  },
};
