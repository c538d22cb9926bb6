// Runs a script of this repository on the Node it was written for, from a fresh clone with any Node >= 20:
//   node scripts/setup.mjs <script> [arguments…]
// Installs the locked packages when they are missing or stale, then hands over to the Node 24 that npm brought.
// Plain JavaScript without imports from node_modules, because it runs before they exist.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".installed-from");

installIfStale();
run(process.argv[2], process.argv.slice(3));

/** `npm ci` unless node_modules was made from exactly this lock file. */
function installIfStale() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("Installing packages (about a minute, once) …");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("npm ci failed (see above). Check the network and the npm registry, then run the same command again.");
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

/** Hands over to `script`, passing on signals and the exit code. */
function run(script, args) {
  if (!script) {
    console.error("usage: node scripts/setup.mjs <script> [arguments…]");
    process.exit(2);
  }
  const node = join(bin, process.platform === "win32" ? "node.exe" : "node");
  const child = spawn(existsSync(node) ? node : process.execPath, [join(root, script), ...args], {
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
