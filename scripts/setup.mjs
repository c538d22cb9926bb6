// Runs a script of this repository on the Node it was written for, from a fresh clone with any Node >= 20:
//   node scripts/setup.mjs <script> [arguments…]
// Installs the locked packages when they are missing or stale, makes what counting needs when its sources have changed (scripts/tokens.ts),
// then hands over to the Node 24 that npm brought.
// Plain JavaScript without imports from node_modules, because it runs before they exist.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const node = join(bin, process.platform === "win32" ? "node.exe" : "node");

once(join(root, "node_modules", ".installed-from"), ["package-lock.json"], () => {
  console.error("Installing packages (about a minute, once) …");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  return status === 0 || "npm ci failed (see above). Check the network and the npm registry, then run the same command again.";
});
once(
  join(root, "dist", "tokens", ".made-from"),
  ["package-lock.json", "scripts/tokens.ts", "scripts/tokens", "src/tokens/wasm"],
  () => {
    const { status } = spawnSync(nodeHere(), [join(root, "scripts", "tokens.ts")], { cwd: root, stdio: ["ignore", 2, 2] });
    return status === 0 || "scripts/tokens.ts failed (see above).";
  },
);
run(process.argv[2], process.argv.slice(3));

/** Does `step` unless the stamp says that it was done with exactly these files (and files of folders); ends when it answers what is wrong. */
function once(stamp, sources, step) {
  const hash = createHash("sha256");
  for (const file of sources.flatMap(filesOf)) hash.update(file).update(readFileSync(join(root, file)));
  const made = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === made) return;
  const fault = step();
  if (fault !== true) {
    console.error(fault);
    process.exit(1);
  }
  writeFileSync(stamp, made);
}

/** The path itself, or the files of a folder. */
function filesOf(path) {
  const entries = statSync(join(root, path)).isDirectory() ? readdirSync(join(root, path)).sort() : undefined;
  return entries?.map((entry) => `${path}/${entry}`) ?? [path];
}

/** The Node that npm brought, or this one where it could not. */
function nodeHere() {
  return existsSync(node) ? node : process.execPath;
}

/** Hands over to `script`, passing on signals and the exit code. */
function run(script, args) {
  if (!script) {
    console.error("usage: node scripts/setup.mjs <script> [arguments…]");
    process.exit(2);
  }
  const child = spawn(nodeHere(), [join(root, script), ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: bin + delimiter + process.env.PATH },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`could not start Node: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}
