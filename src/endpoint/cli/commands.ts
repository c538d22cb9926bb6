import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { inEnglish } from "../../budget/message.ts";
import { rehearsalWords } from "../../budget/policyEdit/rehearsal.ts";
import { CATALOGUE_VARIABLE, catalogueAddress } from "../../protocol/catalogueHost.ts";
import { Admin, AdminError } from "../admin.ts";
import { createEndpoint } from "../endpoint.ts";
import { openPglite } from "../store/pglite.ts";
import { openPostgres } from "../store/postgres.ts";
import { type Store, StoreError } from "../store/store.ts";
import { checkedWebhook, WEBHOOK_VARIABLE } from "../webhook.ts";
import { addDoubts } from "./doubts.ts";
import { defaultFolder } from "./folder.ts";
import { Remote } from "./remote.ts";
import { addReports } from "./reports.ts";
import type { Surroundings } from "./surroundings.ts";

interface StoreOptions {
  data?: string | undefined;
}

/** Runs `token-budget-endpoint` with these arguments. Returns the exit code: 0 done, 1 failed (the reason is on stderr), 2 not understood. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await program(surroundings).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof AdminError || error instanceof StoreError)) throw error;
    surroundings.err(error.message);
    return 1;
  }
}

function program(surroundings: Surroundings): Command {
  const root = new Command("token-budget-endpoint").description(
    "The team endpoint of Token Budget: allowances, policy, prices, advances.",
  );
  root.exitOverride().configureOutput({
    writeOut: (text) => surroundings.out(text.trimEnd()),
    writeErr: (text) => surroundings.err(text.trimEnd()),
  });
  root.addHelpText("after", "\nThe store is PostgreSQL where DATABASE_URL is set, otherwise an embedded database in a folder.");
  addServe(root, surroundings);
  addPeople(root, surroundings);
  addPolicy(root, surroundings);
  addReports(root, surroundings);
  addDoubts(root, surroundings);
  addVerify(root, surroundings);
  return root;
}

const dataOption = () =>
  new Option("--data <dir>", "folder of the embedded database").default(undefined, "the platform's state folder");

function addServe(root: Command, surroundings: Surroundings): void {
  root
    .command("serve", { isDefault: true })
    .description(
      `serve the team's machines until stopped; ${WEBHOOK_VARIABLE}: an address (as Slack has) that is told of requests for more`,
    )
    .option("--port <port>", "0 takes a free one", readPort, 4180)
    .option("--host <host>", "address to listen on; put a TLS proxy in front of any but loopback", "127.0.0.1")
    .option(
      "--catalogue <address>",
      `where newer prices are asked for once a day; "off": nowhere (default: ${CATALOGUE_VARIABLE}, else where they are published)`,
    )
    .addOption(dataOption())
    .action((options: ServeOptions) => serve(options, surroundings));
}

interface ServeOptions extends StoreOptions {
  port: number;
  host: string;
  catalogue?: string;
}

async function serve({ data, port, host, catalogue: place }: ServeOptions, surroundings: Surroundings): Promise<void> {
  const { env, out, err, stopped } = surroundings;
  const catalogue = await catalogueAddress(place ?? env[CATALOGUE_VARIABLE]).catch((error: Error) => {
    throw new AdminError(error.message);
  });
  const webhook = env[WEBHOOK_VARIABLE] || undefined;
  try {
    if (webhook !== undefined) checkedWebhook(webhook);
  } catch (error) {
    throw new AdminError((error as Error).message);
  }
  await withStore({ data }, surroundings, async (store, where) => {
    const endpoint = await createEndpoint({ store, log: err, catalogue, webhook });
    const url = await endpoint.listen(host, port).catch((error: NodeJS.ErrnoException) => {
      throw new AdminError(
        error.code === "EADDRINUSE"
          ? `Port ${port} is in use. Choose another: serve --port ${port + 1}`
          : `Cannot listen: ${error.message}`,
      );
    });
    out(`Token Budget endpoint on ${url} (process ${process.pid}, data: ${where})`);
    if ((await (await Admin.over(store)).teams()).length === 0) out(firstSteps(surroundings, data));
    await stopped;
    await endpoint.close();
  });
}

function firstSteps({ self, env }: Surroundings, data: string | undefined): string {
  const shared = env.DATABASE_URL && data === undefined;
  const where = data === undefined ? "" : ` --data ${JSON.stringify(data)}`;
  return [
    `No team yet. ${shared ? "In another terminal" : "Stop this server (Ctrl-C; the embedded database has one user at a time)"}, then:`,
    `  ${self} team create "Our team"${where}`,
    `  ${self} person add --team "Our team" --name Ada --email ada@example.com --role lead${where}`,
    `  ${self} token create --person ada@example.com${where}`,
    ...(shared ? [] : ["and start it again."]),
  ].join("\n");
}

function addPeople(root: Command, surroundings: Surroundings): void {
  const { out } = surroundings;
  const withAdmin = (options: StoreOptions, work: (admin: Admin) => Promise<void>) =>
    withStore(options, surroundings, async (store) => work(await Admin.over(store)));

  const team = root.command("team").description("teams");
  team
    .command("create <name>")
    .description("create a team")
    .option(
      "--time-zone <zone>",
      "where its days begin, until a policy says otherwise",
      Intl.DateTimeFormat().resolvedOptions().timeZone,
    )
    .addOption(dataOption())
    .action((name: string, options: StoreOptions & { timeZone: string }) =>
      withAdmin(options, async (admin) =>
        out(`Team ${name} created: ${(await admin.createTeam({ name, timeZone: options.timeZone })).id}`),
      ),
    );

  const person = root.command("person").description("people");
  person
    .command("add")
    .description("add a person to a team")
    .requiredOption("--team <team>", "name or id")
    .requiredOption("--name <name>")
    .requiredOption("--email <email>")
    .addOption(new Option("--role <role>").choices(["lead", "developer"]).default("developer"))
    .addOption(dataOption())
    .action((options: StoreOptions & { team: string; name: string; email: string; role: "lead" | "developer" }) =>
      withAdmin(options, async (admin) => out(`${options.name} added: ${(await admin.addPerson(options)).id}`)),
    );

  person
    .command("role <email-or-id> <role>")
    .description("make a person a lead or a developer")
    .addOption(dataOption())
    .action((who: string, role: string, options: StoreOptions) =>
      withAdmin(options, async (admin) => {
        if (role !== "lead" && role !== "developer") throw new AdminError("A role is lead or developer.");
        await admin.setRole(who, role);
        out(`${who} is ${role === "lead" ? "a lead" : "a developer"} now.`);
      }),
    );

  const token = root.command("token").description("tokens, by which machines sign in");
  token
    .command("create")
    .description("make a token; it is printed once and stored only as a hash")
    .requiredOption("--person <email>", "e-mail address or id")
    .addOption(dataOption())
    .action((options: StoreOptions & { person: string }) =>
      withAdmin(options, async (admin) => {
        const made = await admin.createToken(options.person);
        surroundings.err(`Token ${made.id} of ${options.person}. It is shown only now:`);
        out(made.token);
      }),
    );
  token
    .command("revoke <id-or-email>")
    .description("revoke one token, or all of a person's")
    .addOption(dataOption())
    .action((which: string, options: StoreOptions) =>
      withAdmin(options, async (admin) => {
        const count = await admin.revokeTokens(which);
        if (count === 0) throw new AdminError(`No token in use has the id, or belongs to, ${which}.`);
        out(`Revoked: ${count}`);
      }),
    );
}

function addPolicy(root: Command, { env, out, err }: Surroundings): void {
  const policy = root
    .command("policy")
    .description("the team's policy, through the running endpoint (TOKEN_BUDGET_ENDPOINT, TOKEN_BUDGET_TOKEN)");
  policy
    .command("pull [file]")
    .description("print the policy in force, or write it to a file")
    .action(async (file: string | undefined) => {
      const { version, policy: document } = await new Remote(env).policy();
      const text = JSON.stringify(document, undefined, 2);
      if (file === undefined) out(text);
      else await writeFile(file, `${text}\n`);
      err(`Version ${version}. Push a changed one with: policy push FILE --over ${version}`);
    });
  policy
    .command("rehearse <file>")
    .description(
      "try a policy on the team's requests of the last 30 days: who would have been asked and stopped; changes nothing",
    )
    .option("--json", "print it as JSON")
    .action(async (file: string, { json }: { json?: boolean }) => {
      const rehearsal = await new Remote(env).rehearse(await readJson(file));
      if (json) out(JSON.stringify(rehearsal, undefined, 2));
      else for (const words of rehearsalWords(rehearsal)) out(`${inEnglish(words)}.`);
    });
  policy
    .command("push <file>")
    .description("push a policy from a JSON file; every connected editor gets it at once")
    .option("--note <text>", "what changed, for the history", "")
    .option(
      "--over <version>",
      "the version that yours was made from; refused when there is a newer one (default: the one in force now)",
      readVersion,
    )
    .option("--force", "replace whatever is in force")
    .action(async (file: string, { note, over, force }: { note: string; over?: number; force?: boolean }) => {
      const document = await readJson(file);
      const remote = new Remote(env);
      const pushed = await remote.pushPolicy(document, note, force ? "*" : (over ?? (await remote.policy()).version));
      out(`Version ${pushed.version} is in force.`);
    });
}

function addVerify(root: Command, surroundings: Surroundings): void {
  root
    .command("verify")
    .description("rebuild all balances from entries and advances, and compare")
    .addOption(dataOption())
    .action((options: StoreOptions) =>
      withStore(options, surroundings, async (store) => {
        const { allowances, differences, unreported, beyond } = await (await Admin.over(store)).verify();
        for (const { key, amount } of unreported) surroundings.out(`${key}: ${amount} is spent without an entry so far`);
        for (const { key, overshoot, debt } of beyond)
          surroundings.out(`${key}: ${overshoot} of usage above its holds; ${debt} repaid for the period before`);
        for (const { key, figure, book, rebuilt } of differences)
          surroundings.err(`${key}: ${figure} is ${book}, rebuilt ${rebuilt}`);
        if (differences.length > 0) throw new AdminError(`${differences.length} balances are wrong.`);
        surroundings.out(`${allowances} allowances, all balances are right.`);
      }),
    );
}

async function withStore(
  { data }: StoreOptions,
  { env, err }: Surroundings,
  work: (store: Store, where: string) => Promise<void>,
): Promise<void> {
  const folder = data ?? defaultFolder(env);
  const url = data === undefined ? env.DATABASE_URL : undefined;
  if (!url && !existsSync(folder)) err(`Making an embedded database in ${folder} (some seconds, once) …`);
  const store = url ? await openPostgres(url) : await openPglite(folder);
  try {
    await work(store, url ? "PostgreSQL" : folder);
  } finally {
    await store.close();
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new AdminError(`Cannot read ${file}: ${error.message}`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AdminError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return Number(text);
}

function readVersion(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("A version is a number.");
  return Number(text);
}
