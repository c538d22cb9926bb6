import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve as resolvePath } from "node:path";
import { pathToFileURL } from "node:url";
import { cycleFaults, layerFaults, type Source } from "./check/layers.ts";
import { type Manifest, manifestFaults } from "./check/manifest.ts";
import { placeFaults } from "./check/text.ts";
import { command } from "./command.ts";
import { root } from "./root.ts";

/** `npm run check`: types, lint and format, and the rules of the layout. Exits with 1 and one line per fault. */

const BINARY = /\.(png|ico|jpe?g|gif|webp|woff2?|vsix|tgz|gz|zip|db)$/;

/** Where the tree at `folder` breaks a rule that neither the compiler nor the linter knows. One line per fault. */
export async function treeFaults(folder: string): Promise<string[]> {
  const tracked = await filesOf(folder);
  const texts = tracked.filter((path) => !BINARY.test(path)).map((path): Source => ({ path, text: read(folder, path) ?? "" }));
  const sources = texts.filter(({ path }) => path.startsWith("src/") && path.endsWith(".ts"));
  const manifest: Manifest = JSON.parse(read(folder, "package.json") ?? "{}");
  const words = JSON.parse(read(folder, "package.nls.json") ?? "{}");
  return [
    ...layerFaults(sources),
    ...cycleFaults(sources),
    ...manifestFaults(manifest, words, read(folder, "README.md")),
    ...placeFaults(texts),
  ];
}

/** The files that are tracked, or new and not ignored, and not deleted. */
async function filesOf(folder: string): Promise<string[]> {
  const listed = await command("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: folder });
  return [...new Set(listed.split("\0"))].filter((path) => path && existsSync(join(folder, path)));
}

function read(folder: string, path: string): string | undefined {
  return existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : undefined;
}

/** Every fault of this repository. */
export async function check(): Promise<string[]> {
  // A webview's code has a browser's types, and not Node's.
  const views = ["preview", "spending", "team"].map((name) => `src/editor/${name}/view`);
  const [types, lint, tree] = await Promise.all([
    Promise.all([".", ...views].map((folder) => toolFaults("tsc", ["--noEmit", "--pretty", "false", "-p", folder]))),
    toolFaults("biome", ["check", "--reporter=github", "--max-diagnostics=none", "--error-on-warnings", "."]),
    treeFaults(root),
  ]);
  return [...types.flat(), ...lint.flatMap(fromAnnotation), ...tree];
}

/** The lines that a tool of `node_modules/.bin` prints when it fails; none when it succeeds. */
function toolFaults(tool: string, args: string[]): Promise<string[]> {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 1 << 26, shell: process.platform === "win32" };
    execFile(join(root, "node_modules", ".bin", tool), args, options, (error, stdout, stderr) => {
      if (!error) return resolve([]);
      const lines = (stdout || stderr || error.message).split("\n").filter((line) => line.trim() !== "");
      resolve(lines.length > 0 ? lines : [`${tool} failed: ${error.message}`]);
    });
  });
}

/** `::error title=format,file=/…/a.ts,line=1,…::message` as `a.ts:1: message (format)`; other lines are decoration. */
function fromAnnotation(line: string): string[] {
  const found = /^::\w+ title=([^,]*),file=([^,]*),line=(\d+)[^:]*::(.*)$/.exec(line);
  if (!found) return line.startsWith("::") ? [line] : [];
  const [, title, file, number, text] = found;
  return [`${relative(root, resolvePath(root, file!))}:${number}: ${text} (${title})`];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const faults = await check();
  for (const fault of faults) console.error(fault);
  console.error(faults.length ? `${faults.length} faults` : "Types, lint, format and layout are as they should be.");
  process.exitCode = faults.length ? 1 : 0;
}
