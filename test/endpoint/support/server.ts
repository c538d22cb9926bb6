import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../../../scripts/root.ts";
import { startSupervised } from "../../../scripts/supervised.ts";
import { CATALOGUE_VARIABLE } from "../../../src/protocol/catalogueHost.ts";

const MAIN = join(root, "src", "main", "endpoint.ts");

export interface Server {
  url: string;
  pid: number;
  /** Ends it as a crash does; settles when it is gone. */
  kill(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** `token-budget-endpoint serve` on a free port, in a process of its own that cannot outlive this one. */
export async function startServer(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Server> {
  const child = startSupervised(process.execPath, [MAIN, "serve", "--port", "0", ...args], {
    env: { ...process.env, [CATALOGUE_VARIABLE]: "off", ...env },
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url, pid] = /^Token Budget endpoint on (\S+) \(process (\d+)/.exec(line) ?? [];
    if (url === undefined) continue;
    child.stdout.resume();
    const kill = async () => {
      process.kill(Number(pid), "SIGKILL");
      await child.exited;
    };
    return { url, pid: Number(pid), kill, stop: child.stop };
  }
  await child.exited;
  throw new Error(`the server did not start: ${stderr}`);
}

/** Runs a command of `token-budget-endpoint` to its end. */
export async function runCommand(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string; err: string }> {
  const child = startSupervised(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await Promise.all([child.exited, once(child.stdout, "close"), once(child.stderr, "close")]);
  return { code: code ?? 1, out, err };
}
