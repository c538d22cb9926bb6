#!/usr/bin/env node
import { run } from "../endpoint/cli/commands.ts";

const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
});
process.exitCode = await run(process.argv.slice(2), { env: process.env, out: console.log, err: console.error, stopped });
