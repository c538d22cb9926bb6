import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { command, type Log, step } from "../command.ts";
import { cacheDir } from "../root.ts";
import { withLock } from "./lock.ts";

/** The npm package whose `lib/vscode` is VS Code's server-web build; pinned by content. */
const pinned = {
  name: "code-server",
  version: "4.139.1",
  integrity: "sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==",
};

/** VS Code's server-web build, unpacked and ready to start. */
export interface ServerBuild {
  /** The folder of `out/server-main.js`. */
  dir: string;
  /** Version of VS Code itself, as "1.139.1". */
  version: string;
}

/**
 * The VS Code server of the pinned npm package, installed into the cache on first use (47 MB to fetch, about half a minute).
 * May be interrupted at any point: what is in place is complete.
 * @throws when npm or tar fails, or the package's content is not the pinned one
 */
export async function installServer(log: Log): Promise<ServerBuild> {
  const home = join(cacheDir, `server-${pinned.version}`);
  if (!existsSync(home)) {
    await withLock(`${home}.lock`, log, async () => {
      if (!existsSync(home)) await install(home, log);
    });
  }
  const dir = join(home, "lib", "vscode");
  const { version } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as { version: string };
  return { dir, version };
}

async function install(home: string, log: Log): Promise<void> {
  const work = `${home}.installing`;
  rmSync(work, { recursive: true, force: true }); // what an interrupted run left
  mkdirSync(work, { recursive: true });
  const spec = `${pinned.name}@${pinned.version}`;
  try {
    await step(log, `Fetching the VS Code server (npm package ${spec}, 47 MB)`, () =>
      command("npm", ["pack", spec, "--silent", "--ignore-scripts", "--pack-destination", work], { cwd: work }),
    );
    const tarball = join(work, `${pinned.name}-${pinned.version}.tgz`);
    checkIntegrity(tarball);
    await step(log, "Unpacking it", () => command("tar", ["-xzf", tarball], { cwd: work }));
    const unpacked = join(work, "package");
    await step(log, "Installing what the VS Code server needs (about 400 MB on disk)", () =>
      command("npm", ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: join(unpacked, "lib", "vscode"),
      }),
    );
    renameSync(unpacked, home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function checkIntegrity(tarball: string): void {
  const found = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (found !== pinned.integrity)
    throw new Error(
      `${pinned.name}@${pinned.version} is not the package that was pinned (${found} instead of ${pinned.integrity}).`,
    );
}

/**
 * A desktop VS Code of this machine: $TOKEN_BUDGET_VSCODE, else `code` or `code-insiders` on PATH.
 * The command of the same name in a remote terminal only passes files to another machine's window, so it does not count;
 * nor does a desktop build count on Linux without a display.
 */
export function findDesktop(): string | undefined {
  const named = process.env.TOKEN_BUDGET_VSCODE;
  if (named) return existsSync(named) ? named : undefined;
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  const names = process.platform === "win32" ? ["code.cmd", "code-insiders.cmd"] : ["code", "code-insiders"];
  const places = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return names
    .flatMap((name) => places.map((place) => join(place, name)))
    .find((file) => isExecutable(file) && !isRemoteCli(file));
}

/** The program behind the desktop's `code` command: the command itself returns before the window is closed and loses the exit code. */
export function desktopExecutable(code: string): string {
  const app = dirname(dirname(realpathSync(code)));
  const insiders = basename(code).startsWith("code-insiders");
  const candidates = {
    darwin: ["Electron", "Code", "Code - Insiders"].map((name) => join(app, "..", "..", "MacOS", name)),
    win32: [join(app, insiders ? "Code - Insiders.exe" : "Code.exe")],
  }[process.platform as string] ?? [join(app, insiders ? "code-insiders" : "code")];
  return candidates.find((file) => existsSync(file)) ?? code;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isRemoteCli(file: string): boolean {
  return /[\\/]remote-cli[\\/]|code-server/.test(realpathSync(file));
}
