import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../scripts/root.ts";
import { periodAt } from "../src/budget/period/period.ts";
import { type Policy, PolicySchema } from "../src/budget/policy/policy.ts";
import { withPolicyPrices } from "../src/budget/pricing/contractPrices.ts";
import { Admin } from "../src/endpoint/admin.ts";
import { createEndpoint } from "../src/endpoint/endpoint.ts";
import { openPglite } from "../src/endpoint/store/pglite.ts";
import { readTokenFilesFrom } from "../src/main/tokenFiles.ts";
import { bundledCatalogue } from "../src/prices/catalogue.ts";
import type { Entry, Person } from "../src/protocol/endpoint.ts";
import { loadCounter } from "../src/tokens/counter.ts";
import { type Habit, historyOf } from "./history.ts";
import { writeLedger } from "./machine.ts";
import { startDemoModel } from "./model.ts";

/** Who one can be in the sample team. */
export const sampleRoles = ["lead", "healthy", "close", "spent"] as const;
export type SampleRole = (typeof sampleRoles)[number];

/** The sample team on a running endpoint, and the demo models. */
export interface Sample {
  endpointUrl: string;
  /** Base URL of the demo models. */
  modelUrl: string;
  people: Record<SampleRole, Person & { token: string }>;
  /** Writes into a daemon's state directory, before it is used, what somebody did so far, as if all of it had been sent from this machine. */
  writeLedger(role: SampleRole, stateDirectory: string): Promise<void>;
  /** May be called again. */
  close(): Promise<void>;
}

const GPT = { provider: "openai", model: "gpt-5" };
const MINI = { provider: "openai", model: "gpt-5-mini" };
const SONNET = { provider: "anthropic", model: "claude-sonnet-4-5" };
const GEMINI = { provider: "google", model: "gemini-2.5-flash" };

/** The limit of a developer's month is $60. */
const PEOPLE: Record<SampleRole, { name: string; email: string; habit: Habit }> = {
  lead: {
    name: "Ada Lind",
    email: "ada@fernway.example",
    habit: { spentThisMonth: 14, usualMonth: 21, models: [SONNET, GPT], seed: 1 },
  },
  healthy: {
    name: "Kim Ortega",
    email: "kim@fernway.example",
    habit: { spentThisMonth: 22.5, usualMonth: 33, models: [MINI, GPT, SONNET], seed: 2 },
  },
  close: {
    name: "Bo Nakamura",
    email: "bo@fernway.example",
    habit: { spentThisMonth: 51, usualMonth: 47, models: [GPT, SONNET, GEMINI], seed: 3 },
  },
  spent: {
    name: "Sam Rossi",
    email: "sam@fernway.example",
    habit: { spentThisMonth: 60.2, usualMonth: 58, models: [SONNET, GPT], seed: 4 },
  },
};

/** Settings that connect the extension to the sample. The token goes by the environment, never by a settings file. */
export function sampleSettings({ endpointUrl, modelUrl }: Pick<Sample, "endpointUrl" | "modelUrl">): Record<string, unknown> {
  return {
    "tokenBudget.endpoint.url": endpointUrl,
    "tokenBudget.upstream.url": modelUrl,
    "tokenBudget.upstream.provider": "demo",
    "workbench.colorTheme": "Default Dark Modern",
  };
}

/** Starts the endpoint with the team and its history, and the demo models. What it stores lies in `folder`. */
export async function startSample(folder: string): Promise<Sample> {
  const policy = PolicySchema.parse(JSON.parse(readFileSync(fileURLToPath(new URL("policy.json", import.meta.url)), "utf8")));
  const store = await openPglite(join(folder, "endpoint"));
  const admin = await Admin.over(store);
  const { people, histories } = await createTeam(admin, policy);
  const endpoint = await createEndpoint({ store });
  const endpointUrl = await endpoint.listen();
  const counter = await loadCounter("o200k_base", readTokenFilesFrom(join(root, "dist", "tokens")));
  const model = await startDemoModel({ count: counter.count });
  let closing: Promise<void> | undefined;
  writeLeadsEnvironment(join(folder, "lead.env"), endpointUrl, people.lead.token);
  return {
    endpointUrl,
    modelUrl: model.url,
    people,
    writeLedger: (role, stateDirectory) =>
      writeLedger(stateDirectory, `${endpointUrl}|${people[role].id}`, histories[role], PEOPLE[role].habit.seed),
    close() {
      closing ??= Promise.all([endpoint.close(), model.close()]).then(() => store.close());
      return closing;
    },
  };
}

async function createTeam(admin: Admin, policy: Policy) {
  const { id: team } = await admin.createTeam({ name: "Fernway", timeZone: policy.timeZone });
  const people = {} as Sample["people"];
  for (const role of sampleRoles) {
    const { name, email } = PEOPLE[role];
    const person = await admin.addPerson({ team, name, email, role: role === "lead" ? "lead" : "developer" });
    people[role] = { ...person, token: (await admin.createToken(person.id)).token };
  }
  await admin.pushPolicy(team, policy, { author: PEOPLE.lead.name, note: "Our first policy" });
  const prices = withPolicyPrices((await bundledCatalogue()).at(Date.now()), policy);
  const now = Date.now();
  const monthStart = Date.parse(periodAt("month", policy.timeZone, now).start);
  const histories = {} as Record<SampleRole, Entry[]>;
  for (const role of sampleRoles) {
    histories[role] = historyOf(PEOPLE[role].habit, policy, prices, monthStart, now);
    await admin.importEntries(people[role].id, histories[role]);
  }
  return { people, histories };
}

/** For trying the lead's commands in a terminal: readable by the owner alone, because it holds a token. */
function writeLeadsEnvironment(file: string, endpoint: string, token: string): void {
  writeFileSync(file, `TOKEN_BUDGET_ENDPOINT=${endpoint}\nTOKEN_BUDGET_TOKEN=${token}\n`, { mode: 0o600 });
}
