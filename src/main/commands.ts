import { Command, InvalidArgumentError, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { type CountOptions, count } from "../daemon/cli/count/count.ts";
import { type PriceOptions, price } from "../daemon/cli/price/price.ts";
import { status } from "../daemon/cli/status.ts";
import type { Terminal } from "../daemon/cli/terminal.ts";
import { uninstall } from "../daemon/cli/uninstall.ts";
import { verify } from "../daemon/cli/verify.ts";
import { createDaemonClient } from "../daemon/client/client.ts";
import { lookAtState } from "../daemon/client/look.ts";
import { stateDirectoryOf } from "../daemon/stateDirectory.ts";
import { API_NAMES } from "../wire/request.ts";
import { besideThis, ownPath } from "./place.ts";
import { statusLine } from "./statusLine.ts";
import { readTokenFilesFrom, tokenFolder } from "./tokenFiles.ts";

const { version } = manifest;
const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  env: process.env,
};

const program = new Command("token-budget").description("AI token budgets on the command line.").version(version);
program.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2)); // before the commands, which inherit it
program
  .command("status")
  .description("what is left of each allowance, and when it resets")
  .addOption(
    new Option("--line", "one line for shell prompts and status lines: quick, and empty where no daemon runs").conflicts("json"),
  )
  .option("--json", "the daemon's whole state")
  .action(async (options: { json?: boolean; line?: boolean }) => {
    if (options.line) return statusLine();
    const client = createDaemonClient({ version, kind: "cli", daemonScript: besideThis("daemon"), log: () => {} });
    process.exitCode = await status(client, options, terminal);
  });
program
  .command("hook") // main/cli.ts answers it itself: an agent waits
  .description("what an agent's hooks run: reads an event on standard input, asks whether it may go on, and prints the answer");
program
  .command("verify")
  .description("rebuilds the ledger's figures from its journal and compares them; exits with 3 where they differ")
  .action(async () => {
    const client = createDaemonClient({ version, kind: "cli", daemonScript: besideThis("daemon"), log: () => {} });
    process.exitCode = await verify(client, terminal);
  });
program
  .command("uninstall")
  .description("ends the daemon and removes what it has kept on this machine")
  .action(async () => {
    process.exitCode = await uninstall(stateDirectoryOf(process.env), { version, kind: "cli" }, terminal);
  });
program
  .command("count")
  .description(
    "tokens of files, of the files in folders (but those that Git ignores) and of those that globs match; `-` is standard input",
  )
  .addOption(new Option("--encoding <name>", "count in this encoding").conflicts("model"))
  .option("--model <name>", "count for this model; an estimate (~) where its tokenizer is not public")
  .option("--over <tokens>", "only what has more tokens than this; exits with 3 if anything has", wholeNumber)
  .option("--json", "for programs")
  .argument("<file...>")
  .action(async (files: string[], options: CountOptions) => {
    const readTokenFile = readTokenFilesFrom(tokenFolder(ownPath()));
    const learned = async () => (await lookAtState(stateDirectoryOf(process.env), { version, kind: "cli" }))?.calibration;
    process.exitCode = await count(files, options, { readTokenFile, worker: besideThis("countWorker"), learned }, terminal);
  });
program
  .command("price")
  .description(
    "what a prompt of these files, folders and globs, or a request's JSON body, would cost, for each model; `-` is standard input",
  )
  .addOption(
    new Option("--api <name>", "read one file as a body of this API, or as text (default: by what it looks like)").choices([
      ...API_NAMES,
      "text",
    ]),
  )
  .option("--model <name>", "for this model; may be repeated (default: those that your team compares)", collect)
  .option("--max-output <tokens>", "the answer is to have at most so many tokens", wholeNumber)
  .option("--json", "for programs")
  .argument("<file...>")
  .action(async (files: string[], options: PriceOptions) => {
    const client = createDaemonClient({ version, kind: "cli", daemonScript: besideThis("daemon"), log: () => {} });
    process.exitCode = await price(client, files, options, readTokenFilesFrom(tokenFolder(ownPath())), terminal);
  });
void program.parseAsync();

/** @throws InvalidArgumentError where the text is no whole number */
function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Not a whole number.");
  return Number(text);
}

function collect(name: string, names: string[] = []): string[] {
  return [...names, name];
}
