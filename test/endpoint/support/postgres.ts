import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startSupervised } from "../../../scripts/supervised.ts";

export interface Postgres {
  /** URL of a new database on the server: empty, or a copy of another one, to which nobody may be connected. */
  database(copyOf?: string): Promise<string>;
  stop(): Promise<void>;
}

/** A real PostgreSQL of its own, in a temporary folder, gone with this process. `durable`: it waits for the disk, as a real one does. */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), "tb-postgres-"));
  const port = await freePort();
  const server = startSupervised(process.execPath, [
    fileURLToPath(new URL("runPostgres.ts", import.meta.url)),
    folder,
    String(port),
    durable ? "on" : "off",
  ]);
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => (output += chunk));
  let ended = false;
  void server.exited.then(() => (ended = true));
  const urlOf = (name: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${name}`;
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await answers(urlOf("postgres")))) {
    if (ended) {
      await stop();
      throw new Error(`PostgreSQL did not start:\n${output}`);
    }
    await delay(50);
  }
  let count = 0;
  const database = async (copyOf?: string) => {
    const name = `test_${++count}`;
    const template = copyOf === undefined ? "" : ` template ${new URL(copyOf).pathname.slice(1)}`;
    await execute(urlOf("postgres"), `create database ${name}${template}`);
    return urlOf(name);
  };
  return { database, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    await execute(url, "select 1");
    return true;
  } catch {
    return false;
  }
}

async function execute(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
