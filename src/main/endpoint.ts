#!/usr/bin/env node
import { run } from "../endpoint/cli/commands.ts";

const stopped = new Promise<void>((resolve) => {
  // Not `once`: Ctrl-C under npm comes twice, and the second must not cut off the orderly end.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
});
const self = import.meta.url.endsWith(".ts") ? "npm run endpoint --" : "token-budget-endpoint";
process.exitCode = await run(process.argv.slice(2), { self, env: process.env, out: console.log, err: console.error, stopped });
